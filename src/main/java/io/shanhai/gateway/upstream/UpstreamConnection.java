package io.shanhai.gateway.upstream;

import io.shanhai.gateway.http1.HeadLimits;
import io.shanhai.gateway.http1.ResponseParser;
import io.shanhai.gateway.upstream.Deadlines.Deadline;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection to one endpoint with its buffers. Used by one exchange at a time; its thread blocks, and the deadline
/// ends the wait by closing the channel.
final class UpstreamConnection implements BodyStream.Source {

    private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);
    private static final int READ_BYTES = 16 * 1024; // a usual response in one read, a bulk body in few
    private static final int ADDED_HEAD_BYTES = 2 * 1024; // forwarding and trace fields the gateway adds to a head

    private final SocketChannel channel;
    private final String address;
    private final Deadline deadline;
    private final ResponseParser parser;
    private final BodyStream body = new BodyStream(this);
    private final ByteBuffer in;
    private final ByteBuffer out;
    private boolean reused;

    /// @param channel connected and blocking
    /// @param onExpiry what the deadline does with this connection
    UpstreamConnection(SocketChannel channel, String address, Deadlines deadlines, HeadLimits limits,
            Consumer<UpstreamConnection> onExpiry) {
        this.channel = channel;
        this.address = address;
        this.parser = new ResponseParser(limits);
        this.in = ByteBuffer.allocate(Math.max(READ_BYTES, limits.headBytes())).flip();
        this.out = ByteBuffer.allocate(limits.headBytes() + ADDED_HEAD_BYTES);
        this.deadline = deadlines.register(() -> onExpiry.accept(this));
    }

    String address() {
        return address;
    }

    Deadline deadline() {
        return deadline;
    }

    ResponseParser parser() {
        return parser;
    }

    BodyStream body() {
        return body;
    }

    /// For request heads and bodies on their way out; empty between writes.
    ByteBuffer out() {
        return out;
    }

    /// True when an earlier exchange used it.
    boolean isReused() {
        return reused;
    }

    void markReused() {
        reused = true;
    }

    @Override
    public ByteBuffer buffered() {
        return in;
    }

    @Override
    public void fill() throws IOException {
        in.compact();
        int read;
        try {
            read = channel.read(in);
        } finally {
            in.flip();
        }
        if (read < 0) {
            throw new EOFException("closed by the instance");
        }
    }

    /// Writes all of `out`'s content and empties it.
    void flush() throws IOException {
        out.flip();
        try {
            while (out.hasRemaining()) {
                channel.write(out);
            }
        } finally {
            out.clear();
        }
    }

    /// Asks the kernel whether the other side has closed this idle connection, or said something nobody asked for.
    boolean isStale() {
        try {
            channel.configureBlocking(false);
            in.clear();
            int read = channel.read(in);
            in.flip();
            channel.configureBlocking(true);
            return read != 0;
        } catch (IOException _) {
            return true;
        }
    }

    /// Closes the channel and forgets the deadline. May be called twice and by any thread.
    void close() {
        deadline.unregister();
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("closing a connection to {}", address, e); // closed is closed
        }
    }
}
