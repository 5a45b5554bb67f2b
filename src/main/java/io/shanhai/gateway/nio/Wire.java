package io.shanhai.gateway.nio;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/// One socket with what was read from it and not used yet, and what is to be written and was not taken yet. Buffers are
/// borrowed from the loop and go back when empty.
final class Wire {

    /*
     * `in` is always ready to be read (position..limit is what is there), `out` always ready to be filled (0..position is
     * what is pending). Interest in OP_READ stays on from request to request and OP_WRITE comes only when the socket
     * is full: each change costs a system call at the next select.
     */
    static final int END = -1;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Loop loop;
    private final SocketChannel channel;
    private final ByteBuffer[] gather = new ByteBuffer[2];
    private SelectionKey key;
    private int interest;
    private ByteBuffer in = NOTHING;
    private ByteBuffer out = NOTHING;
    private boolean outIsBorrowed;

    Wire(Loop loop, SocketChannel channel) {
        this.loop = loop;
        this.channel = channel;
    }

    void register(Object attachment, int ops) throws IOException {
        key = channel.register(loop.selector(), ops, attachment);
        interest = ops;
    }

    SocketChannel channel() {
        return channel;
    }

    /// What was read and not used; never null.
    ByteBuffer in() {
        return in;
    }

    /// Reads what is there, as far as there is room.
    ///
    /// @return bytes read, 0 when there were none or no room, [#END] when the peer has ended its side
    int read() throws IOException {
        if (in == NOTHING) {
            in = loop.buffers().take().clear().limit(0);
        }
        if (in.hasRemaining()) {
            in.compact();
        } else {
            in.clear();
        }
        try {
            return in.hasRemaining() ? channel.read(in) : 0;
        } finally {
            in.flip();
        }
    }

    /// No room to read: whoever cannot use what is there now must stop wanting to read.
    boolean isInFull() {
        return in != NOTHING && in.remaining() == in.capacity();
    }

    /// Gives the buffer back if all of it was used.
    void releaseIn() {
        if (in != NOTHING && !in.hasRemaining()) {
            loop.buffers().give(in);
            in = NOTHING;
        }
    }

    /// The pending output, with room for at least `room` further bytes.
    ByteBuffer out(int room) {
        if (out == NOTHING) {
            outIsBorrowed = room <= Loop.BUFFER_BYTES;
            out = outIsBorrowed ? loop.buffers().take().clear() : ByteBuffer.allocateDirect(room);
        } else if (out.remaining() < room) {
            // Rare: a head larger than what is left of the buffer. Bounded by the head limit and one buffer.
            ByteBuffer larger = ByteBuffer.allocateDirect(out.position() + room).put(out.flip());
            giveOutBack();
            out = larger;
            outIsBorrowed = false;
        }
        return out;
    }

    int pending() {
        return out.position();
    }

    /// Writes what is pending.
    ///
    /// @return true when nothing is pending any more
    boolean flush() throws IOException {
        if (out == NOTHING) {
            return true;
        }
        out.flip();
        try {
            if (out.hasRemaining()) {
                channel.write(out);
            }
        } finally {
            settleOut();
        }
        return out == NOTHING;
    }

    /// Writes what is pending, then up to `count` bytes of `source`, in one system call.
    ///
    /// @return how many bytes of `source` were taken, to the socket or into the pending output
    int write(ByteBuffer source, int count) throws IOException {
        int end = source.limit();
        int start = source.position();
        source.limit(start + count);
        try {
            if (out == NOTHING) {
                channel.write(source);
            } else if (count <= out.remaining()) {
                out.put(source); // copying into the head's buffer is cheaper than a gathering write of two
                flush();
            } else {
                writeBoth(source);
            }
        } finally {
            source.limit(end);
        }
        return source.position() - start;
    }

    private void writeBoth(ByteBuffer source) throws IOException {
        gather[0] = out.flip();
        gather[1] = source;
        try {
            channel.write(gather);
        } finally {
            gather[0] = null;
            gather[1] = null;
            settleOut();
        }
    }

    private void settleOut() {
        if (out.hasRemaining()) {
            out.compact();
        } else {
            giveOutBack();
        }
    }

    private void giveOutBack() {
        if (outIsBorrowed) {
            loop.buffers().give(out);
        }
        out = NOTHING;
    }

    void want(int ops, boolean wanted) {
        int changed = wanted ? interest | ops : interest & ~ops;
        if (changed != interest && key.isValid()) {
            interest = changed;
            key.interestOps(changed);
        }
    }

    void wantRead(boolean wanted) {
        want(SelectionKey.OP_READ, wanted);
    }

    void wantWrite(boolean wanted) {
        want(SelectionKey.OP_WRITE, wanted);
    }

    /// Tells the peer that nothing more will come, while what it sends is still read.
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    /// Lets the peer see that what it got is not all.
    void resetOnClose() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException _) {
            // The peer is gone already.
        }
    }

    /// Closes the socket and gives all buffers back. Idempotent.
    void close() {
        if (in != NOTHING) {
            loop.buffers().give(in);
            in = NOTHING;
        }
        if (out != NOTHING) {
            giveOutBack();
        }
        try {
            channel.close();
        } catch (IOException _) {
            // The descriptor is released either way and there is nobody left to tell.
        }
    }
}
