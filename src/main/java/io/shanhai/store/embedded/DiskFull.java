package io.shanhai.store.embedded;

import java.io.IOException;
import java.nio.file.FileSystemException;

/// Recognizes the one disk error that passes by itself.
final class DiskFull {

    private DiskFull() {}

    /// True when the chain of causes holds the operating system's "no space" or "quota exceeded". Java gives no code for
    /// them, only the system's text, which is English unless the process was started in another locale; in that case the
    /// error counts as a lasting one.
    static boolean isCause(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io && isText(text(io))) {
                return true;
            }
        }
        return false;
    }

    private static String text(IOException error) {
        String text = error instanceof FileSystemException file ? file.getReason() : error.getMessage();
        return text == null ? "" : text;
    }

    private static boolean isText(String text) {
        return text.contains("No space left on device") || text.contains("Disk quota exceeded");
    }
}
