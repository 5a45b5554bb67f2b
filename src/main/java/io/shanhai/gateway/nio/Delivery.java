package io.shanhai.gateway.nio;

import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Passes a response's body on to the client, in a framing the client understands. Reused from response to response.
final class Delivery {

    /*
     * Chunks and lengths go as they came. An HTTP/1.0 client knows no chunks: it gets the content alone, up to the
     * connection's end. An HTTP/1.1 client gets chunks in place of a body that ends with the endpoint's connection: its own
     * connection stays, and it can tell a whole body from a cut one.
     */
    private final BodyReader body = new BodyReader();
    private boolean unwraps;
    private boolean wraps;
    private boolean untilClose;
    /// Of the chunk that was announced, what the client has not taken.
    private int chunkLeft;

    /// @param minorVersion the client's
    void begin(Framing framing, int minorVersion) {
        boolean knowsChunks = minorVersion > 0;
        untilClose = framing.kind() == Framing.Kind.UNTIL_CLOSE;
        wraps = untilClose && knowsChunks;
        unwraps = framing.kind() == Framing.Kind.CHUNKED && !knowsChunks;
        chunkLeft = 0;
        body.begin(framing, unwraps);
    }

    /// The framing the client is told of; `UNTIL_CLOSE` needs no field.
    Framing framing(Framing received) {
        if (wraps) {
            return Framing.CHUNKED;
        }
        return unwraps ? Framing.UNTIL_CLOSE : received;
    }

    /// The client knows the end by the connection's.
    boolean endsByClose() {
        return unwraps || untilClose && !wraps;
    }

    /// The endpoint's connection is used up by this response.
    boolean usesUpConnection() {
        return untilClose;
    }

    /// Passes on what is there, as far as the client takes it.
    ///
    /// @return false when the client is full
    boolean pass(ByteBuffer in, Wire to) throws IOException {
        for (int count = body.available(in); count > 0; count = body.available(in)) {
            int written = wraps ? writeChunk(in, count, to) : to.write(in, count);
            body.used(written);
            if (written < count) {
                return false;
            }
        }
        return true;
    }

    private int writeChunk(ByteBuffer in, int count, Wire to) throws IOException {
        if (chunkLeft == 0) {
            chunkLeft = count;
            HeadBytes.chunkSize(to.out(HeadBytes.CHUNK_SIZE_BYTES), count);
        }
        int written = to.write(in, Math.min(count, chunkLeft));
        chunkLeft -= written;
        if (chunkLeft == 0) {
            to.out(HeadBytes.CRLF.length).put(HeadBytes.CRLF);
        }
        return written;
    }

    /// After [#isEnded]: what the client's framing needs at its end.
    void end(Wire to) {
        if (wraps) {
            to.out(HeadBytes.LAST_CHUNK.length).put(HeadBytes.LAST_CHUNK);
        }
    }

    boolean isEnded() {
        return body.isEnded();
    }

    /// The endpoint's connection ended.
    ///
    /// @return false when the body was cut short
    boolean connectionEnded() {
        return body.connectionEnded();
    }

    Malformed malformed() {
        return body.malformed();
    }

    /// Of content, without framing.
    long bytes() {
        return body.bytes();
    }
}
