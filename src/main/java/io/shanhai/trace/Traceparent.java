package io.shanhai.trace;

import java.util.Arrays;

/// Reads the `traceparent` header, W3C Trace Context Level 2 section 3.2: `00-<32 hex>-<16 hex>-<2 hex>`, lower case only.
/// Fields are read in place; nothing is allocated, whatever a client sends.
final class Traceparent {

    private static final int LENGTH = 55;
    private static final int TRACE_ID = 3;
    private static final int PARENT_ID = 36;
    private static final int FLAGS = 53;

    private static final byte NO_DIGIT = -1;
    private static final byte[] DIGITS = digits(); // by ASCII code

    private Traceparent() {}

    /// @param value null is invalid
    static boolean isValid(String value) {
        if (value == null || value.length() < LENGTH) {
            return false;
        }
        boolean later = value.charAt(0) != '0' || value.charAt(1) != '0';
        return (later ? isLaterVersion(value) : value.length() == LENGTH)
                && value.charAt(2) == '-' && value.charAt(35) == '-' && value.charAt(52) == '-'
                && isHex(value, TRACE_ID, 32) && isHex(value, PARENT_ID, 16) && isHex(value, FLAGS, 2)
                && (traceIdHigh(value) | traceIdLow(value)) != 0 && parentId(value) != 0;
    }

    /// Section 4.3: a version we do not know is read by its first 55 characters if they end there or at a dash; ff is
    /// forbidden for ever.
    private static boolean isLaterVersion(String value) {
        return isHex(value, 0, 2) && !value.startsWith("ff") && (value.length() == LENGTH || value.charAt(LENGTH) == '-');
    }

    // The four below expect a valid value.

    static long traceIdHigh(String value) {
        return hex(value, TRACE_ID, 16);
    }

    static long traceIdLow(String value) {
        return hex(value, TRACE_ID + 16, 16);
    }

    static long parentId(String value) {
        return hex(value, PARENT_ID, 16);
    }

    static int flags(String value) {
        return (int) hex(value, FLAGS, 2);
    }

    private static boolean isHex(String value, int from, int length) {
        int all = 0;
        for (int i = from; i < from + length; i++) {
            char c = value.charAt(i);
            all |= c < DIGITS.length ? DIGITS[c] : NO_DIGIT; // one negative makes all negative: no branch per character
        }
        return all >= 0;
    }

    private static long hex(String value, int from, int length) {
        long result = 0;
        for (int i = from; i < from + length; i++) {
            result = result << 4 | DIGITS[value.charAt(i)];
        }
        return result;
    }

    private static byte[] digits() {
        byte[] digits = new byte[128];
        Arrays.fill(digits, NO_DIGIT);
        for (byte i = 0; i < 10; i++) {
            digits['0' + i] = i;
        }
        for (byte i = 0; i < 6; i++) {
            digits['a' + i] = (byte) (10 + i);
        }
        return digits;
    }
}
