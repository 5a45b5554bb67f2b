package io.shanhai.settings;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A number of bytes, written `512`, `64KiB`, `16MiB`, `2GiB` in settings.
///
/// @param bytes at least 0
public record DataSize(long bytes) {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})(|B|KiB|MiB|GiB)");
    private static final Map<String, Long> UNITS = Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
    }

    /// Reads what is written in settings and objects.
    ///
    /// @throws IllegalArgumentException when it is no size
    public static DataSize parse(String text) {
        Matcher found = TEXT.matcher(text);
        if (!found.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: a size such as 512, 64KiB, 16MiB, 2GiB)");
        }
        return new DataSize(Math.multiplyExact(Long.parseLong(found.group(1)), UNITS.get(found.group(2)).longValue()));
    }

    /// For array sizes: throws when it does not fit an int.
    public int toInt() {
        return Math.toIntExact(bytes);
    }
}
