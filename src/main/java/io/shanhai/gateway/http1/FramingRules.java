package io.shanhai.gateway.http1;

/// Decides a message's framing from its fields. Where RFC 9112 section 6 leaves a choice, the message is refused: two
/// readers that choose differently are a smuggled request.
final class FramingRules {

    /*
     * One instance per parser, so that a decision can leave two results (`length`, and which fields were seen) without
     * allocating.
     */
    static final Malformed BOTH = Malformed.badRequest("length-and-transfer-encoding",
            "Content-Length and Transfer-Encoding together (RFC 9112 section 6.1)");
    static final Malformed LENGTH = Malformed.badRequest("content-length",
            "Content-Length is not a number of 1 to 19 digits (RFC 9110 section 8.6)");
    static final Malformed LENGTHS_DIFFER = Malformed.badRequest("content-length-differs",
            "Content-Length is given twice with different values (RFC 9112 section 6.3)");
    static final Malformed NOT_CHUNKED = Malformed.badRequest("transfer-encoding",
            "the last transfer coding is not chunked, or chunked is applied twice (RFC 9112 section 6.3)");
    static final Malformed IN_1_0 = Malformed.badRequest("transfer-encoding-in-1.0",
            "Transfer-Encoding in an HTTP/1.0 message is faulty framing (RFC 9112 section 6.1)");
    static final Malformed UNKNOWN_CODING = new Malformed(501, "http1:transfer-coding",
            "a transfer coding other than chunked is not supported");

    private static final long NOT_SEEN = -1;

    private long length;
    private boolean chunked;

    /// Reads Content-Length and Transfer-Encoding.
    ///
    /// @param minorVersion 0 for HTTP/1.0
    /// @return null when they make sense
    Malformed judge(Fields fields, int minorVersion) {
        length = NOT_SEEN;
        chunked = false;
        boolean encoded = false;
        boolean otherCoding = false;
        for (int i = 0; i < fields.size(); i++) {
            switch (fields.nameLength(i)) {
                case 14 -> {
                    Malformed malformed = fields.hasName(i, "content-length") ? addLengths(fields, i) : null;
                    if (malformed != null) {
                        return malformed;
                    }
                }
                case 17 -> {
                    if (fields.hasName(i, "transfer-encoding")) {
                        encoded = true;
                        if (chunked) {
                            return NOT_CHUNKED; // a coding after chunked, on a line of its own
                        }
                        otherCoding |= addCodings(fields, i);
                    }
                }
                default -> {
                }
            }
        }
        if (!encoded) {
            return null;
        }
        return judgeEncoded(minorVersion, otherCoding);
    }

    private Malformed judgeEncoded(int minorVersion, boolean otherCoding) {
        if (length != NOT_SEEN) {
            return BOTH;
        }
        if (minorVersion == 0) {
            return IN_1_0;
        }
        if (!chunked) {
            return NOT_CHUNKED;
        }
        return otherCoding ? UNKNOWN_CODING : null;
    }

    boolean isChunked() {
        return chunked;
    }

    /// The framing the fields declare, `otherwise` when they declare none.
    Framing framing(Framing otherwise) {
        if (chunked) {
            return Framing.CHUNKED;
        }
        return length == NOT_SEEN ? otherwise : Framing.ofLength(length);
    }

    /// One line may hold a list; identical values collapse (RFC 9112 section 6.3, rule 5).
    private Malformed addLengths(Fields fields, int line) {
        int from = fields.valueStart(line);
        int end = fields.valueEnd(line);
        do {
            int comma = fields.memberEnd(from, end);
            int first = fields.skipSpace(from, comma);
            long value = number(fields.bytes, first, fields.trimEnd(first, comma));
            if (value < 0) {
                return LENGTH;
            }
            if (length != NOT_SEEN && length != value) {
                return LENGTHS_DIFFER;
            }
            length = value;
            from = comma + 1;
        } while (from <= end);
        return null;
    }

    /// Sets `chunked` when the last coding of the line is chunked and no earlier one is.
    ///
    /// @return true when the line has a coding that is not chunked
    private boolean addCodings(Fields fields, int line) {
        int from = fields.valueStart(line);
        int end = fields.valueEnd(line);
        boolean other = false;
        int chunkedSeen = 0;
        boolean last = false;
        while (from <= end) {
            int comma = fields.memberEnd(from, end);
            int first = fields.skipSpace(from, comma);
            last = Octets.equalsIgnoreCase(fields.bytes, first, fields.trimEnd(first, comma), "chunked");
            chunkedSeen += last ? 1 : 0;
            other |= !last;
            from = comma + 1;
        }
        chunked = last && chunkedSeen == 1;
        return other;
    }

    /// Digits only, -1 when not a number or too large.
    private static long number(byte[] bytes, int from, int to) {
        if (from == to || to - from > 19) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            if (!Octets.isDigit(bytes[i])) {
                return -1;
            }
            value = 10 * value + (bytes[i] - '0'); // 19 digits overflow into the sign at most once
            if (value < 0) {
                return -1;
            }
        }
        return value;
    }
}
