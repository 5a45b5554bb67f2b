package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Route.RetryOn;
import io.shanhai.gateway.upstream.Outcomes.Result;

/// What went wrong between the gateway and an endpoint, and what the client is told when no attempt is left.
public enum Failure {

    CONNECT_REFUSED(502, "connect-refused", "Bad Gateway", Result.NOT_CONNECTED, RetryOn.CONNECT_FAILURE),
    CONNECT_TIMEOUT(504, "connect-timeout", "Gateway Timeout", Result.NOT_CONNECTED, RetryOn.CONNECT_FAILURE),
    /// A kept connection turned out to be closed: no byte of a response came.
    CLOSED_BEFORE_RESPONSE(502, "closed-before-response", "Bad Gateway", Result.BROKEN, RetryOn.RESET),
    /// A new connection broke before the response head was complete.
    RESET(502, "reset", "Bad Gateway", Result.BROKEN, RetryOn.RESET),
    BAD_RESPONSE(502, "bad-response", "Bad Gateway", Result.MALFORMED, null),
    TIMEOUT(504, "timeout", "Gateway Timeout", Result.TIMED_OUT, RetryOn.TIMEOUT);

    private final int status;
    private final String word;
    private final String title;
    private final Result result;
    private final RetryOn retryOn;

    Failure(int status, String word, String title, Result result, RetryOn retryOn) {
        this.status = status;
        this.word = word;
        this.title = title;
        this.result = result;
        this.retryOn = retryOn;
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
        return result == Result.NOT_CONNECTED;
    }

    /// What an observer is told.
    Result result() {
        return result;
    }

    /// What a route names to have it retried; null when nothing does.
    RetryOn retryOn() {
        return retryOn;
    }
}
