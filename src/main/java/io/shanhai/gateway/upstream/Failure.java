package io.shanhai.gateway.upstream;

/// What went wrong between the gateway and an endpoint, and what the client is told when no attempt is left.
public enum Failure {

    CONNECT_REFUSED(502, "connect-refused", "Bad Gateway", true),
    CONNECT_TIMEOUT(504, "connect-timeout", "Gateway Timeout", true),
    /// A kept connection turned out to be closed: no byte of a response came.
    CLOSED_BEFORE_RESPONSE(502, "closed-before-response", "Bad Gateway", false),
    /// A new connection broke before the response head was complete.
    RESET(502, "reset", "Bad Gateway", false),
    BAD_RESPONSE(502, "bad-response", "Bad Gateway", false),
    TIMEOUT(504, "timeout", "Gateway Timeout", false);

    private final int status;
    private final String word;
    private final String title;
    private final boolean neverSent;

    Failure(int status, String word, String title, boolean neverSent) {
        this.status = status;
        this.word = word;
        this.title = title;
        this.neverSent = neverSent;
    }

    public int status() {
        return status;
    }

    /// The rule in `x-shanhai-reason: upstream:<word>` and the metrics label.
    public String word() {
        return word;
    }

    public String title() {
        return title;
    }

    /// True when no byte of the request can have reached the endpoint.
    public boolean isNeverSent() {
        return neverSent;
    }
}
