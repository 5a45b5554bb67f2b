package io.shanhai.gateway.upstream;

import io.shanhai.gateway.http1.ChunkScanner;
import io.shanhai.gateway.http1.Framing;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// The body of one message after another on a blocking connection, framing removed, handed on as it comes.
/// Confined to the thread that reads the connection.
public final class BodyStream {

    /// Where the bytes come from.
    public interface Source {

        /// Bytes that came and were not consumed yet, between position and limit.
        ByteBuffer buffered();

        /// Waits for more bytes and appends them to what is buffered.
        ///
        /// @throws EOFException when no more will come
        void fill() throws IOException;
    }

    private final Source source;
    private final ChunkScanner chunks = new ChunkScanner();
    private Framing framing = Framing.NONE;
    private long remaining;
    private boolean finished = true;

    public BodyStream(Source source) {
        this.source = source;
    }

    /// Stands before the first byte of a body with this framing.
    public void begin(Framing next) {
        framing = next;
        remaining = next.length();
        finished = next.isEmpty();
        if (next.kind() == Framing.Kind.CHUNKED) {
            chunks.reset();
        }
    }

    /// Bytes of the body that came already; of a chunked one, with its framing.
    public int available() {
        int buffered = source.buffered().remaining();
        return framing.kind() == Framing.Kind.LENGTH ? (int) Math.min(remaining, buffered) : buffered;
    }

    /// True when the last byte was read, or there is none.
    public boolean isFinished() {
        return finished;
    }

    /// Bytes still to come of a body whose length is known; otherwise 0.
    public long remaining() {
        return remaining;
    }

    /// Waits only when nothing has come yet.
    ///
    /// @return how many bytes were read, at least 1 unless `length` is 0; -1 at the end
    /// @throws EOFException when the connection ended before the body
    /// @throws MalformedBodyException when chunks are not what RFC 9112 says
    public int read(byte[] into, int offset, int length) throws IOException {
        if (finished) {
            return -1;
        }
        return switch (framing.kind()) {
            case NONE -> -1;
            case LENGTH -> readCounted(into, offset, length);
            case CHUNKED -> readChunks(into, offset, length);
            case UNTIL_CLOSE -> readUntilClose(into, offset, length);
        };
    }

    private int readCounted(byte[] into, int offset, int length) throws IOException {
        if (!source.buffered().hasRemaining()) {
            source.fill();
        }
        int count = take(into, offset, (int) Math.min(length, remaining));
        remaining -= count;
        finished = remaining == 0;
        return count;
    }

    private int readUntilClose(byte[] into, int offset, int length) throws IOException {
        if (!source.buffered().hasRemaining()) {
            try {
                source.fill();
            } catch (EOFException _) {
                finished = true;
                return -1;
            }
        }
        return take(into, offset, length);
    }

    /// Gathers the data of all chunks that came: small chunks must not mean small writes.
    private int readChunks(byte[] into, int offset, int length) throws IOException {
        int count = 0;
        for (;;) {
            ByteBuffer in = source.buffered();
            switch (chunks.next(in)) {
                case DATA -> {
                    if (count == length) {
                        return count;
                    }
                    int taken = take(into, offset + count, Math.min(length - count, chunks.dataLength()));
                    chunks.consumed(taken);
                    count += taken;
                }
                case NEEDS_INPUT -> {
                    if (count > 0) {
                        return count;
                    }
                    source.fill();
                }
                case END -> {
                    finished = true;
                    return count > 0 ? count : -1;
                }
                case MALFORMED -> throw new MalformedBodyException(chunks.malformed());
            }
        }
    }

    private int take(byte[] into, int offset, int length) {
        ByteBuffer in = source.buffered();
        int count = Math.min(length, in.remaining());
        in.get(into, offset, count);
        return count;
    }
}
