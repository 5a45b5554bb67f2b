package io.shanhai.gateway.http1;

import java.nio.ByteBuffer;

/// Reads one message head out of a buffer that may hold a part of it, all of it, or more. Feed it with [#parse] until
/// the outcome is not `INCOMPLETE`; then [#reset] makes it ready for the next head.
///
/// The bytes of a head are taken out of the buffer as they come: after `INCOMPLETE` the buffer is used up and may be
/// given back; after `COMPLETE` it stands at the first byte behind the head.
public abstract sealed class HeadParser permits RequestParser, ResponseParser {

    /*
     * Lines are judged as they come: a client that ends its lines with a bare LF would otherwise wait for an answer
     * until the head timeout. Bytes are copied in steps, so that pipelined requests behind this head are not copied
     * once per request before them.
     */
    private static final int COPY_STEP_BYTES = 1024;

    static final Malformed BARE_LF = Malformed.badRequest("bare-lf",
            "a line ends with LF alone (expected: CR LF, RFC 9112 section 2.2)");
    static final Malformed BARE_CR = Malformed.badRequest("bare-cr", "CR without LF (RFC 9112 section 2.2)");
    static final Malformed FOLDED = Malformed.badRequest("obs-fold",
            "a field line begins with white space; line folding is obsolete (RFC 9112 section 5.2)");
    static final Malformed NAME = Malformed.badRequest("field-name",
            "a field line has no colon or its name is not a token (RFC 9110 section 5.1)");
    static final Malformed SPACE_BEFORE_COLON = Malformed.badRequest("space-before-colon",
            "white space between field name and colon (RFC 9112 section 5.1)");
    static final Malformed VALUE = Malformed.badRequest("control-character",
            "a field value holds a control character (RFC 9110 section 5.5)");
    private static final Malformed TOO_MANY_FIELDS = new Malformed(431, "http1:too-many-fields",
            "more than " + HeadLimits.MAX_FIELDS + " field lines");

    final HeadLimits limits;
    final Fields fields = new Fields();
    /// Bytes of this head in `fields.bytes`.
    private int copied;
    private int scanned;
    private int lineStart;
    private boolean inFields;
    private Malformed malformed;

    HeadParser(HeadLimits limits) {
        this.limits = limits;
    }

    /// Looks at the bytes between the buffer's position and limit.
    public final Outcome parse(ByteBuffer in) {
        if (malformed != null) {
            return Outcome.MALFORMED;
        }
        while (in.hasRemaining()) {
            int more = Math.min(Math.min(in.remaining(), limits.headBytes() - copied), COPY_STEP_BYTES);
            fields.ensureBytes(copied + more);
            in.get(fields.bytes, copied, more);
            copied += more;
            if (scanLines()) {
                in.position(in.position() - (copied - lineStart)); // what was copied too much
                return malformed != null ? Outcome.MALFORMED : Outcome.COMPLETE;
            }
            malformed = tooLarge();
            if (malformed != null) {
                return Outcome.MALFORMED;
            }
        }
        return Outcome.INCOMPLETE;
    }

    /// Why the outcome was `MALFORMED`; null otherwise.
    public final Malformed malformed() {
        return malformed;
    }

    /// True when some but not all of a head has been seen: closing now cuts a message short.
    public final boolean isBegun() {
        return copied > 0;
    }

    /// Forgets the head and everything read from it.
    public void reset() {
        copied = 0;
        scanned = 0;
        lineStart = 0;
        inFields = false;
        malformed = null;
        fields.clear();
    }

    /// @return true when the head is whole or malformed
    private boolean scanLines() {
        byte[] bytes = fields.bytes;
        int end = copied;
        int i = scanned;
        while (i < end) {
            if (bytes[i++] != Octets.LF) {
                continue;
            }
            if (i - lineStart < 2 || bytes[i - 2] != Octets.CR) {
                malformed = BARE_LF;
                return true;
            }
            int from = lineStart;
            lineStart = i;
            if (line(from, i - 2)) {
                return true;
            }
        }
        scanned = i;
        return false;
    }

    /// @return true when this line ended the head, or was malformed
    private boolean line(int from, int to) {
        if (!inFields) {
            if (from == to && from < maxLeadingEmptyLines() * 2) {
                return false;
            }
            malformed = startLine(from, to);
            inFields = true;
            return malformed != null;
        }
        if (from == to) {
            malformed = finish();
            return true;
        }
        malformed = fieldLine(from, to);
        return malformed != null;
    }

    private Malformed fieldLine(int from, int to) {
        byte[] bytes = fields.bytes;
        int colon = from;
        while (colon < to && Octets.isToken(bytes[colon])) {
            colon++;
        }
        int nameEnd = colon;
        if (colon == from || colon == to || bytes[colon] != ':') {
            colon = strayColon(from, colon, to);
            if (colon < 0) {
                return badName(from, nameEnd, to);
            }
        }
        int valueStart = fields.skipSpace(colon + 1, to);
        int valueEnd = fields.trimEnd(valueStart, to);
        for (int i = valueStart; i < valueEnd; i++) {
            if (!Octets.isValue(bytes[i])) {
                return bytes[i] == Octets.CR ? BARE_CR : VALUE;
            }
        }
        if (fields.size() == HeadLimits.MAX_FIELDS) {
            return TOO_MANY_FIELDS;
        }
        fields.add(from, nameEnd, valueStart, valueEnd);
        return null;
    }

    /// RFC 9112 section 5.1: white space before the colon is refused in requests and removed from responses.
    private int strayColon(int from, int nameEnd, int to) {
        if (!stripsSpaceBeforeColon() || nameEnd == from) {
            return -1;
        }
        int colon = fields.skipSpace(nameEnd, to);
        return colon < to && fields.bytes[colon] == ':' ? colon : -1;
    }

    private Malformed badName(int from, int nameEnd, int to) {
        byte[] bytes = fields.bytes;
        byte first = bytes[from];
        if (first == ' ' || first == '\t') {
            return FOLDED;
        }
        if (nameEnd < to && bytes[nameEnd] == Octets.CR) {
            return BARE_CR;
        }
        int colon = fields.skipSpace(nameEnd, to);
        return nameEnd > from && colon > nameEnd && colon < to && bytes[colon] == ':' ? SPACE_BEFORE_COLON : NAME;
    }

    private Malformed tooLarge() {
        if (!inFields && copied - lineStart > maxStartLineBytes()) {
            return startLineTooLong();
        }
        if (copied < limits.headBytes()) {
            return null;
        }
        return inFields ? headTooLarge() : startLineTooLong();
    }

    private Malformed headTooLarge() {
        return new Malformed(431, "http1:head-too-large", "the head is larger than " + limits.headBytes() + " bytes");
    }

    /// The line between `from` and `to` (its CR) is the start line. Null when it is well-formed.
    abstract Malformed startLine(int from, int to);

    /// The empty line came: judges the head as a whole.
    abstract Malformed finish();

    abstract Malformed startLineTooLong();

    abstract int maxStartLineBytes();

    abstract int maxLeadingEmptyLines();

    abstract boolean stripsSpaceBeforeColon();
}
