package io.shanhai.gateway.upstream;

/// An attempt to get a response from an endpoint failed. Thrown on the request path, often in masses when an instance
/// dies: it has no stack trace.
public final class UpstreamException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final Failure failure;

    /// @param detail what happened, for people
    public UpstreamException(Failure failure, String detail) {
        super(detail, null, false, false);
        this.failure = failure;
    }

    public Failure failure() {
        return failure;
    }
}
