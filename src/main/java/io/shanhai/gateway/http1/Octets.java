package io.shanhai.gateway.http1;

/// The character classes of RFC 9110 section 5.6 and RFC 9112, one table lookup each.
final class Octets {

    private static final int TOKEN = 1;
    private static final int VALUE = 2;
    private static final int TARGET = 4;
    private static final int HOST = 8;
    private static final byte[] CLASSES = classes();
    private static final byte[] HEX = hexDigits();

    static final byte CR = '\r';
    static final byte LF = '\n';

    private Octets() {}

    /// tchar: method and field names.
    static boolean isToken(byte b) {
        return (CLASSES[b & 0xff] & TOKEN) != 0;
    }

    /// field-vchar, obs-text, space and tab: field values, reason phrases, chunk extensions.
    static boolean isValue(byte b) {
        return (CLASSES[b & 0xff] & VALUE) != 0;
    }

    /// Visible ASCII without `#`: a fragment never travels in a request target (RFC 9112 section 3.2).
    static boolean isTarget(byte b) {
        return (CLASSES[b & 0xff] & TARGET) != 0;
    }

    /// reg-name and IP literals, without the comma: a list of hosts is no host.
    static boolean isHost(byte b) {
        return (CLASSES[b & 0xff] & HOST) != 0;
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /// 0..15, or -1.
    static int hexValue(byte b) {
        return HEX[b & 0xff];
    }

    /// Compares bytes with a lower-case ASCII string, letters without regard to case.
    static boolean equalsIgnoreCase(byte[] bytes, int from, int to, String lower) {
        if (to - from != lower.length()) {
            return false;
        }
        for (int i = 0; i < lower.length(); i++) {
            if (lowerCase(bytes[from + i]) != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// Compares bytes with a string of ISO-8859-1 characters.
    static boolean equal(byte[] bytes, int from, int to, String text) {
        int length = text.length();
        if (to - from != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if ((bytes[from + i] & 0xff) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static int lowerCase(byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b & 0xff;
    }

    private static byte[] classes() {
        byte[] classes = new byte[256];
        for (int c = 0; c < 256; c++) {
            boolean alphanumeric = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (alphanumeric || c < 128 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0) {
                classes[c] |= TOKEN;
            }
            if (c == '\t' || c >= 0x20 && c != 0x7f) {
                classes[c] |= VALUE;
            }
            if (c > 0x20 && c < 0x7f && c != '#') {
                classes[c] |= TARGET;
            }
            if (alphanumeric || c < 128 && "-._~%!$&'()*+;=:[]".indexOf(c) >= 0) {
                classes[c] |= HOST;
            }
        }
        return classes;
    }

    private static byte[] hexDigits() {
        byte[] digits = new byte[256];
        for (int c = 0; c < 256; c++) {
            digits[c] = (byte) (c < 128 ? Character.digit(c, 16) : -1);
        }
        return digits;
    }
}
