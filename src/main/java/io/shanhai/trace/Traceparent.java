package io.shanhai.trace;

import java.util.Arrays;

/// Reads the `traceparent` header, W3C Trace Context Level 2 section 3.2: `00-<32 hex>-<16 hex>-<2 hex>`, lower case only.
/// One pass over the characters; nothing is allocated for a header that is not accepted.
final class Traceparent {

    private static final int LENGTH = 55;
    private static final byte NO_DIGIT = -1;
    private static final byte[] DIGITS = digits(); // by ASCII code

    private Traceparent() {}

    /// @param value null is invalid
    /// @param spanId of the new span, whose parent is the header's
    /// @param tracestate judged only when the header is valid; null when there is none
    /// @return null when the header is invalid
    static TraceContext read(String value, long spanId, String tracestate) {
        if (value == null || !hasShape(value)) {
            return null;
        }
        long trace1 = hex(value, 3, 11);
        long trace2 = hex(value, 11, 19);
        long trace3 = hex(value, 19, 27);
        long trace4 = hex(value, 27, 35);
        long parent1 = hex(value, 36, 44);
        long parent2 = hex(value, 44, 52);
        long flags = hex(value, 53, LENGTH);
        if ((trace1 | trace2 | trace3 | trace4 | parent1 | parent2 | flags) < 0
                || (trace1 | trace2 | trace3 | trace4) == 0 || (parent1 | parent2) == 0) {
            return null; // not hex, or an id of zeros only
        }
        return new TraceContext(trace1 << 32 | trace2, trace3 << 32 | trace4, spanId, parent1 << 32 | parent2, (int) flags,
                Tracestate.validOrEmpty(tracestate));
    }

    /// Version 00 has exactly 55 characters. Section 4.3: a version we do not know is read by its first 55 if they end
    /// there or at a dash; ff is forbidden for ever.
    private static boolean hasShape(String value) {
        int length = value.length();
        if (length < LENGTH || value.charAt(2) != '-' || value.charAt(35) != '-' || value.charAt(52) != '-') {
            return false;
        }
        long version = hex(value, 0, 2);
        return version == 0
                ? length == LENGTH
                : version > 0 && version < 0xff && (length == LENGTH || value.charAt(LENGTH) == '-');
    }

    /// Up to 8 digits, so that the sign is free: negative when one of them is none, because -1 fills all higher bits and
    /// shifting does not bring zeros down.
    private static long hex(String value, int from, int to) {
        long result = 0;
        for (int i = from; i < to; i++) {
            char c = value.charAt(i);
            result = result << 4 | (c < DIGITS.length ? DIGITS[c] : NO_DIGIT);
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
