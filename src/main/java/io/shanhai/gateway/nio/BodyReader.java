package io.shanhai.gateway.nio;

import io.shanhai.gateway.http1.ChunkScanner;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.Malformed;
import java.nio.ByteBuffer;

/// Says which bytes of a buffer belong to a message's body and where it ends. Reused from message to message.
final class BodyReader {

    /*
     * A chunked body is passed on with its framing, once the scanner has walked over it: `scanned` bytes at the buffer's
     * position are known to belong to it. Unwrapping is for HTTP/1.0 clients, who do not know chunks.
     */
    private final ChunkScanner scanner = new ChunkScanner();
    private Framing.Kind kind = Framing.Kind.NONE;
    private long remaining;
    private long bytes;
    private int scanned;
    private boolean ended;
    private boolean touched;
    private boolean unwraps;
    private Malformed malformed;

    void begin(Framing framing) {
        begin(framing, false);
    }

    /// @param unwrap a chunked body is handed out without its framing
    void begin(Framing framing, boolean unwrap) {
        kind = framing.kind();
        remaining = framing.length();
        bytes = 0;
        scanned = 0;
        ended = framing.isEmpty();
        touched = false;
        unwraps = unwrap && kind == Framing.Kind.CHUNKED;
        malformed = null;
        if (kind == Framing.Kind.CHUNKED) {
            scanner.reset();
        }
    }

    /// How many bytes at the buffer's position belong to the body. May move the position over framing that is not handed
    /// out. After a malformed chunk it is 0 and [#malformed()] says why.
    int available(ByteBuffer in) {
        if (ended) {
            return 0;
        }
        return switch (kind) {
            case NONE -> 0;
            case LENGTH -> (int) Math.min(remaining, in.remaining());
            case UNTIL_CLOSE -> in.remaining();
            case CHUNKED -> unwraps ? unwrapped(in) : skimmed(in);
        };
    }

    private int unwrapped(ByteBuffer in) {
        return switch (scanner.next(in)) {
            case DATA -> scanner.dataLength();
            case NEEDS_INPUT -> 0;
            case END -> {
                ended = true;
                yield 0;
            }
            case MALFORMED -> fail();
        };
    }

    private int skimmed(ByteBuffer in) {
        int start = in.position();
        if (!scanner.isDone()) {
            in.position(start + scanned);
            ChunkScanner.Event event = scanner.skim(in);
            scanned = in.position() - start;
            in.position(start);
            if (event == ChunkScanner.Event.MALFORMED) {
                return fail();
            }
        }
        return scanned;
    }

    private int fail() {
        malformed = scanner.malformed();
        scanned = 0;
        return 0;
    }

    /// `count` of the available bytes were used and the buffer's position moved over them.
    void used(int count) {
        touched |= count > 0;
        switch (kind) {
            case LENGTH -> {
                remaining -= count;
                bytes += count;
                ended = remaining == 0;
            }
            case CHUNKED -> {
                if (unwraps) {
                    scanner.consumed(count);
                } else {
                    scanned -= count;
                    ended = scanner.isDone() && scanned == 0;
                }
            }
            case UNTIL_CLOSE -> bytes += count;
            case NONE -> {
            }
        }
    }

    /// The connection's end came: a body that ends so is complete.
    ///
    /// @return false when the body was cut short
    boolean connectionEnded() {
        ended |= kind == Framing.Kind.UNTIL_CLOSE;
        return ended;
    }

    /// Every byte of the body was used.
    boolean isEnded() {
        return ended;
    }

    /// At least one byte of it was used.
    boolean isTouched() {
        return touched;
    }

    /// Bytes of content so far, without framing.
    long bytes() {
        return kind == Framing.Kind.CHUNKED ? scanner.dataBytes() : bytes;
    }

    /// Why a chunked body cannot go on; null while it can.
    Malformed malformed() {
        return malformed;
    }
}
