package io.shanhai.gateway.upstream;

/// The client could not be read from or written to any more while its request was under way. Its own doing: no stack
/// trace.
public final class ClientGoneException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ClientGoneException(String detail) {
        super(detail, null, false, false);
    }
}
