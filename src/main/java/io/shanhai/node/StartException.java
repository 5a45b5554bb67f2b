package io.shanhai.node;

/// This node cannot start, for a reason its operator can mend. The message is shown as it is: what, where, the value,
/// what to do about it. No stack trace is printed.
public final class StartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public StartException(String message) {
        super(message);
    }

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
