package io.shanhai.gateway;

/// Brings a path into the form in which it is matched and forwarded: RFC 3986 section 6.2.2 and nothing else. Hex digits
/// of escapes become upper case, escaped unreserved characters are decoded, dot segments are removed. `%2F`, `//`, `;` and
/// every other octet stay as they came: what they mean is the service's affair, and a gateway that guesses routes
/// differently from what the service reads. Pure; safe for all threads.
public final class NormalPath {

    private static final int HEX_DIGITS = 2;

    private NormalPath() {}

    /// The same string when it is normal already, without allocation.
    ///
    /// @param path origin-form without query; what does not begin with `/` (the `*` of `OPTIONS *`) is returned as it is
    /// @return null when a `%` is not followed by two hex digits: nobody can say what that means
    public static String of(String path) {
        if (path.isEmpty() || path.charAt(0) != '/') {
            return path;
        }
        boolean hasEscape = path.indexOf('%') >= 0;
        if (!hasEscape && path.indexOf("/.") < 0) {
            return path;
        }
        String decoded = hasEscape ? decode(path) : path;
        return decoded == null || decoded.indexOf("/.") < 0 ? decoded : withoutDotSegments(decoded);
    }

    private static String decode(String path) {
        StringBuilder out = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            if (i + HEX_DIGITS >= path.length()) {
                return null;
            }
            int high = hexValue(path.charAt(i + 1));
            int low = hexValue(path.charAt(i + 2));
            if (high < 0 || low < 0) {
                return null;
            }
            char octet = (char) (high << 4 | low);
            if (isUnreserved(octet)) {
                out.append(octet);
            } else {
                out.append('%').append(upper(path.charAt(i + 1))).append(upper(path.charAt(i + 2)));
            }
            i += HEX_DIGITS;
        }
        return out.length() == path.length() && path.contentEquals(out) ? path : out.toString();
    }

    /// RFC 3986 section 5.2.4, on whole segments: `.` goes, `..` goes with the segment before it, and either as the last
    /// segment leaves the path ending in `/`.
    private static String withoutDotSegments(String path) {
        StringBuilder out = new StringBuilder(path.length());
        int at = 0;
        while (at < path.length()) {
            int end = path.indexOf('/', at + 1);
            int stop = end < 0 ? path.length() : end;
            int length = stop - at - 1;
            boolean one = length == 1 && path.charAt(at + 1) == '.';
            boolean two = length == 2 && path.charAt(at + 1) == '.' && path.charAt(at + 2) == '.';
            if (two) {
                out.setLength(Math.max(0, out.lastIndexOf("/")));
            }
            if (!one && !two) {
                out.append(path, at, stop);
            } else if (end < 0) {
                out.append('/');
            }
            at = stop;
        }
        return out.length() == path.length() ? path : out.toString();
    }

    /// RFC 3986 section 2.3.
    private static boolean isUnreserved(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_'
                || c == '~';
    }

    private static int hexValue(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }

    private static char upper(char c) {
        return c >= 'a' && c <= 'f' ? (char) (c - ('a' - 'A')) : c;
    }
}
