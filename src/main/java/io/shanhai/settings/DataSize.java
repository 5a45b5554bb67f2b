package io.shanhai.settings;

/// A number of bytes, written `512`, `64KiB`, `16MiB`, `2GiB` in settings.
///
/// @param bytes at least 0
public record DataSize(long bytes) {

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
    }

    /// For array sizes: throws when it does not fit an int.
    public int toInt() {
        return Math.toIntExact(bytes);
    }
}
