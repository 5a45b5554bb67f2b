package io.shanhai.store.embedded;

import java.io.IOException;

/// A group commit did not reach the disk. None of it may be acknowledged.
final class LogWriteException extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean cut;
    private final boolean retryable;

    /// @param cut its bytes are surely not in the log: it will not reappear after a restart
    /// @param retryable the log is as before and may be written again once the cause is gone
    LogWriteException(String what, boolean cut, boolean retryable, IOException cause) {
        super(what + ": " + cause.getMessage(), cause);
        this.cut = cut;
        this.retryable = retryable;
    }

    boolean isCut() {
        return cut;
    }

    boolean isRetryable() {
        return retryable;
    }
}
