package io.shanhai.gateway.upstream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Sends a request body upstream as it comes from the client. A body that is there already goes out with the head; any
/// other gets a thread of its own, so that an instance may answer while it still reads: with one thread for both
/// directions an echo of more than the socket buffers hold would stand still for ever.
final class Upload implements Runnable {

    /// Four hex digits and CR LF: chunks are at most as large as the buffer, whose size fits.
    private static final int CHUNK_HEAD_BYTES = 6;
    private static final byte[] CRLF = "\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final UpstreamConnection connection;
    private final RequestBody body;
    private volatile IOException clientFailure;
    private volatile boolean sent;
    private Thread thread;

    Upload(UpstreamConnection connection, RequestBody body) {
        this.connection = connection;
        this.body = body;
    }

    /// True when the whole body came already and fits behind the head.
    static boolean isAtHand(RequestBody body, int room) {
        return body.isFinished() || body.length() >= 0 && body.length() <= Math.min(room, body.available());
    }

    /// Appends a body that is at hand to the connection's buffer.
    void appendTo(ByteBuffer out) throws IOException {
        while (!body.isFinished()) {
            int count = body.read(out.array(), out.position(), out.remaining());
            if (count < 0) {
                break;
            }
            out.position(out.position() + count);
        }
        sent = true;
    }

    void start() {
        thread = Thread.ofVirtual().name("shanhai-upload").start(this);
    }

    boolean isStarted() {
        return thread != null;
    }

    /// Waits until the client's body is not read any more.
    void await() throws InterruptedException {
        if (thread != null) {
            thread.join();
        }
    }

    /// The whole body was handed to the endpoint's socket.
    boolean isSent() {
        return sent;
    }

    /// Why the client's body could not be read; null when it could.
    IOException clientFailure() {
        return clientFailure;
    }

    @Override
    public void run() {
        try {
            sent = body.length() == Forwarding.CHUNKED ? sendChunks() : sendCounted();
        } catch (IOException _) {
            // The endpoint stopped reading. It may have answered first: whoever reads the response finds out.
        }
    }

    private boolean sendCounted() throws IOException {
        ByteBuffer out = connection.out();
        for (;;) {
            int count = readBody(out.array(), 0, out.capacity());
            if (count < 0) {
                return body.isFinished() && clientFailure == null;
            }
            out.position(count);
            connection.flush();
        }
    }

    private boolean sendChunks() throws IOException {
        ByteBuffer out = connection.out();
        int room = Math.min(out.capacity(), 0xffff) - CHUNK_HEAD_BYTES - CRLF.length;
        for (;;) {
            int count = readBody(out.array(), CHUNK_HEAD_BYTES, room);
            if (clientFailure != null) {
                return false;
            }
            if (count < 0) {
                out.put(LAST_CHUNK);
                connection.flush();
                return true;
            }
            out.put(HEX[count >> 12]).put(HEX[count >> 8 & 15]).put(HEX[count >> 4 & 15]).put(HEX[count & 15]).put(CRLF);
            out.position(CHUNK_HEAD_BYTES + count).put(CRLF);
            connection.flush();
        }
    }

    /// A client that fails ends the attempt: closing the connection wakes the thread that waits for the response.
    private int readBody(byte[] into, int offset, int length) {
        try {
            return body.read(into, offset, length);
        } catch (IOException e) {
            clientFailure = e;
            connection.close();
            return -1;
        }
    }
}
