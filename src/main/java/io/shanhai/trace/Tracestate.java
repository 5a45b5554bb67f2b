package io.shanhai.trace;

/// Checks the `tracestate` header, W3C Trace Context Level 2 section 3.3: `key=value` members between commas. It is judged
/// as a whole: one bad member, or more than 32, and all of it is dropped. Nothing is allocated.
final class Tracestate {

    private static final int MAX_MEMBERS = 32; // section 3.3.1.1
    private static final int MAX_KEY = 256;
    private static final int MAX_VALUE = 256;

    private Tracestate() {}

    /// @param value all header lines joined by commas, null when there are none
    /// @return the value itself when it is valid and has a member, `""` otherwise
    static String validOrEmpty(String value) {
        if (value == null) {
            return "";
        }
        int members = 0;
        int from = 0;
        while (from <= value.length()) {
            int comma = value.indexOf(',', from);
            int end = comma < 0 ? value.length() : comma;
            int first = skipSpace(value, from, end);
            int last = trimSpace(value, first, end);
            if (first < last) { // an empty member is allowed and means nothing
                members++;
                if (members > MAX_MEMBERS || !isMember(value, first, last)) {
                    return "";
                }
            }
            from = end + 1;
        }
        return members == 0 ? "" : value;
    }

    private static boolean isMember(String value, int from, int to) {
        int i = from;
        while (i < to && isKeyChar(value.charAt(i), i == from)) {
            i++;
        }
        int keyLength = i - from;
        int valueLength = to - i - 1;
        if (keyLength == 0 || keyLength > MAX_KEY || i == to || value.charAt(i) != '='
                || valueLength < 1 || valueLength > MAX_VALUE) {
            return false;
        }
        for (int k = i + 1; k < to; k++) {
            char c = value.charAt(k);
            if (c < 0x20 || c > 0x7e || c == '=') { // a comma has ended the member already
                return false;
            }
        }
        return true;
    }

    private static boolean isKeyChar(char c, boolean first) {
        if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
            return true;
        }
        return !first && (c == '_' || c == '-' || c == '*' || c == '/' || c == '@');
    }

    private static int skipSpace(String value, int from, int to) {
        int i = from;
        while (i < to && isSpace(value.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int trimSpace(String value, int from, int to) {
        int i = to;
        while (i > from && isSpace(value.charAt(i - 1))) {
            i--;
        }
        return i;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }
}
