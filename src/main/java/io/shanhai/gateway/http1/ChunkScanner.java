package io.shanhai.gateway.http1;

import java.nio.ByteBuffer;

/// Walks over a chunked body (RFC 9112 section 7.1), from its first byte to the CR LF after the trailers. Two ways to
/// use it, not to be mixed within a body: [#skim] finds the end of what may be passed on as it is; [#next] hands out
/// the data ranges between the framing.
public final class ChunkScanner {

    /*
     * A state machine over single bytes, except in data, which is skipped whole: framing is a few bytes in thousands.
     * Strict on purpose: every deviation that some reader accepts (signs, prefixes, white space, bare LF, overflowing
     * sizes) is a way to make two readers disagree about where the message ends.
     */
    public enum Event {
        /// The buffer is used up; the body goes on.
        NEEDS_INPUT,
        /// Data begins at the buffer's position, [#dataLength()] bytes of it.
        DATA,
        /// The body is over; the buffer stands behind it.
        END,
        /// See [#malformed()].
        MALFORMED
    }

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_NAME,
        TRAILER_VALUE,
        TRAILER_LF,
        LAST_LF,
        DONE,
        BROKEN
    }

    private static final int MAX_DIGITS = 16; // 64 bits
    // Extensions carry nothing we know of; without a bound one-byte chunks with long extensions buy work cheaply.
    private static final int MAX_EXTENSION_BYTES = 256;
    private static final int MAX_EXTENSION_BYTES_IN_ALL = 16 * 1024;
    private static final int MAX_TRAILER_BYTES = 8 * 1024;

    private static final Malformed SIZE = Malformed.badRequest("chunk-size",
            "a chunk size is not 1 to 16 hexadecimal digits followed by CR LF or ; (RFC 9112 section 7.1)");
    private static final Malformed EXTENSION = Malformed.badRequest("chunk-extension",
            "chunk extensions hold a control character or are longer than " + MAX_EXTENSION_BYTES + " bytes");
    private static final Malformed LINE_END = Malformed.badRequest("chunk-line-end",
            "chunk framing is not ended by CR LF (RFC 9112 section 7.1)");
    private static final Malformed TRAILER = Malformed.badRequest("trailer",
            "a trailer is malformed, or the trailers are larger than " + MAX_TRAILER_BYTES + " bytes");
    // Whoever merges trailers into the head would let them change what has been decided already (RFC 9110 section 6.5.1).
    private static final Malformed FORBIDDEN_TRAILER = Malformed.badRequest("forbidden-trailer",
            "a field that frames, routes or authenticates the message came as a trailer (RFC 9110 section 6.5.1)");
    private static final String[] FORBIDDEN = {"content-length", "transfer-encoding", "host", "authorization",
            "proxy-authorization", "cookie", "set-cookie", "content-encoding", "content-type", "content-range", "trailer",
            "te", "connection", "expect", "upgrade"};

    private State state = State.SIZE;
    private long chunkRemaining;
    private long dataBytes;
    private int digits;
    private int extensionBytes;
    private int extensionBytesInAll;
    private int trailerBytes;
    private final byte[] trailerName = new byte[32]; // longer than any forbidden name
    private int trailerNameLength;
    private int dataLength;
    private Malformed malformed;

    /// Moves the buffer over everything that belongs to the body.
    ///
    /// @return `NEEDS_INPUT`, `END` or `MALFORMED`; in the last case the position is where it went wrong
    public Event skim(ByteBuffer in) {
        for (;;) {
            Event event = next(in);
            if (event != Event.DATA) {
                return event;
            }
            in.position(in.position() + dataLength);
            consumed(dataLength);
        }
    }

    /// Moves the buffer over framing up to the next data. After `DATA` the caller moves the position over as many of the
    /// [#dataLength()] bytes as it takes and says so with [#consumed]; taking none is fine.
    public Event next(ByteBuffer in) {
        while (in.hasRemaining()) {
            if (state == State.DATA) {
                dataLength = (int) Math.min(chunkRemaining, in.remaining());
                return Event.DATA;
            }
            if (state == State.DONE) {
                return Event.END;
            }
            if (state == State.BROKEN) {
                return Event.MALFORMED;
            }
            step(in.get());
        }
        return switch (state) {
            case DONE -> Event.END;
            case BROKEN -> Event.MALFORMED;
            default -> Event.NEEDS_INPUT;
        };
    }

    /// Bytes of data at the buffer's position after `DATA`.
    public int dataLength() {
        return dataLength;
    }

    /// @param count data bytes the caller moved over, at most [#dataLength()]
    public void consumed(int count) {
        chunkRemaining -= count;
        dataBytes += count;
        dataLength -= count;
        if (chunkRemaining == 0) {
            state = State.DATA_CR;
        }
    }

    /// Data seen so far, without framing.
    public long dataBytes() {
        return dataBytes;
    }

    public boolean isDone() {
        return state == State.DONE;
    }

    /// Why the event was `MALFORMED`; null otherwise.
    public Malformed malformed() {
        return malformed;
    }

    /// Ready for the next body.
    public void reset() {
        state = State.SIZE;
        chunkRemaining = 0;
        dataBytes = 0;
        digits = 0;
        extensionBytes = 0;
        extensionBytesInAll = 0;
        trailerBytes = 0;
        malformed = null;
    }

    private void step(byte b) {
        switch (state) {
            case SIZE -> size(b);
            case EXTENSION -> extension(b);
            case SIZE_LF -> {
                if (expect(b, Octets.LF, LINE_END)) {
                    state = chunkRemaining == 0 ? State.TRAILER : State.DATA;
                }
            }
            case DATA_CR -> {
                if (expect(b, Octets.CR, LINE_END)) {
                    state = State.DATA_LF;
                }
            }
            case DATA_LF -> {
                if (expect(b, Octets.LF, LINE_END)) {
                    state = State.SIZE;
                    digits = 0;
                    extensionBytes = 0;
                }
            }
            case TRAILER, TRAILER_NAME, TRAILER_VALUE, TRAILER_LF, LAST_LF -> trailer(b);
            case DATA, DONE, BROKEN -> throw new IllegalStateException("step in state " + state);
        }
    }

    private void size(byte b) {
        int digit = Octets.hexValue(b);
        if (digit >= 0) {
            chunkRemaining = chunkRemaining << 4 | digit;
            if (++digits > MAX_DIGITS || chunkRemaining < 0) {
                fail(SIZE);
            }
        } else if (digits == 0) {
            fail(SIZE);
        } else if (b == Octets.CR) {
            state = State.SIZE_LF;
        } else if (b == ';') {
            state = State.EXTENSION;
        } else {
            fail(b == Octets.LF ? LINE_END : SIZE);
        }
    }

    private void extension(byte b) {
        if (b == Octets.CR) {
            state = State.SIZE_LF;
        } else if (!Octets.isValue(b) || ++extensionBytes > MAX_EXTENSION_BYTES
                || ++extensionBytesInAll > MAX_EXTENSION_BYTES_IN_ALL) {
            fail(b == Octets.LF ? LINE_END : EXTENSION);
        }
    }

    private void trailer(byte b) {
        if (++trailerBytes > MAX_TRAILER_BYTES) {
            fail(TRAILER);
            return;
        }
        switch (state) {
            case TRAILER -> {
                trailerNameLength = 0;
                state = b == Octets.CR ? State.LAST_LF : State.TRAILER_NAME;
                if (state == State.TRAILER_NAME) {
                    trailerName(b);
                }
            }
            case TRAILER_NAME -> trailerName(b);
            case TRAILER_VALUE -> {
                if (b == Octets.CR) {
                    state = State.TRAILER_LF;
                } else if (!Octets.isValue(b)) {
                    fail(b == Octets.LF ? LINE_END : TRAILER);
                }
            }
            case TRAILER_LF -> {
                if (expect(b, Octets.LF, LINE_END)) {
                    state = State.TRAILER;
                }
            }
            default -> {
                if (expect(b, Octets.LF, LINE_END)) {
                    state = State.DONE;
                }
            }
        }
    }

    private void trailerName(byte b) {
        if (b == ':' && trailerNameLength > 0) {
            state = State.TRAILER_VALUE;
            if (isForbidden()) {
                fail(FORBIDDEN_TRAILER);
            }
        } else if (!Octets.isToken(b)) {
            fail(b == Octets.LF ? LINE_END : TRAILER);
        } else {
            trailerName[Math.min(trailerNameLength++, trailerName.length - 1)] = b;
        }
    }

    private boolean isForbidden() {
        for (String name : FORBIDDEN) {
            if (Octets.equalsIgnoreCase(trailerName, 0, Math.min(trailerNameLength, trailerName.length), name)) {
                return true;
            }
        }
        return false;
    }

    private boolean expect(byte b, byte wanted, Malformed otherwise) {
        if (b != wanted) {
            fail(otherwise);
        }
        return b == wanted;
    }

    private void fail(Malformed why) {
        malformed = why;
        state = State.BROKEN;
    }
}
