package io.shanhai.gateway.http1;

/// How a message's body ends (RFC 9112 section 6.3).
///
/// @param kind which rule holds
/// @param length bytes of the body, when `kind` is `LENGTH`; otherwise 0
public record Framing(Kind kind, long length) {

    public enum Kind {
        /// No body, and no field that speaks of one.
        NONE,
        /// Content-Length, possibly 0.
        LENGTH,
        CHUNKED,
        /// Responses only: the connection's end is the body's end.
        UNTIL_CLOSE
    }

    public static final Framing NONE = new Framing(Kind.NONE, 0);
    public static final Framing CHUNKED = new Framing(Kind.CHUNKED, 0);
    public static final Framing UNTIL_CLOSE = new Framing(Kind.UNTIL_CLOSE, 0);
    private static final Framing EMPTY = new Framing(Kind.LENGTH, 0);

    public Framing {
        if (length < 0 || kind != Kind.LENGTH && length != 0) {
            throw new IllegalArgumentException("length: " + length + " (expected: >= 0, and 0 unless kind is LENGTH)");
        }
    }

    public static Framing ofLength(long length) {
        return length == 0 ? EMPTY : new Framing(Kind.LENGTH, length);
    }

    /// True when not a single body byte follows the head.
    public boolean isEmpty() {
        return kind == Kind.NONE || kind == Kind.LENGTH && length == 0;
    }
}
