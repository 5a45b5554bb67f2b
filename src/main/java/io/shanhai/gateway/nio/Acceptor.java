package io.shanhai.gateway.nio;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes new connections of one loop.
final class Acceptor extends Timed implements Loop.Handler {

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final int ACCEPTS_PER_TURN = 64; // a flood of connections must not starve those that are served
    private static final long PAUSE_NANOS = 100_000_000; // out of descriptors: closing some takes a moment

    private final Loop loop;
    private final ServerSocketChannel server;
    private final SelectionKey key;

    Acceptor(Loop loop, ServerSocketChannel server) throws IOException {
        this.loop = loop;
        this.server = server;
        this.key = server.register(loop.selector(), SelectionKey.OP_ACCEPT, this);
    }

    @Override
    public void ready(int ops) {
        accept(ACCEPTS_PER_TURN);
    }

    private void accept(int limit) {
        try {
            for (int i = 0; i < limit; i++) {
                SocketChannel channel = server.accept();
                if (channel == null) {
                    return;
                }
                welcome(channel);
            }
        } catch (IOException e) {
            // Without the pause the listening socket stays ready and the loop spins.
            LOG.warn("accept failed, trying again in 100 ms: {}", e.toString());
            key.interestOps(0);
            loop.wheel().schedule(this, loop.now() + PAUSE_NANOS);
        }
    }

    private void welcome(SocketChannel channel) throws IOException {
        if (!loop.parts().connections().tryOpen()) {
            channel.close();
            return;
        }
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            new ClientConnection(loop, channel).open();
        } catch (IOException _) {
            channel.close(); // the client left between connecting and being accepted
            loop.parts().connections().closed();
        }
    }

    @Override
    void expired(long nowNanos) {
        if (key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    @Override
    public void broken(Throwable cause) {
        LOG.error("acceptor failed", cause);
    }

    /// Takes those who are connected already, then lets nobody in.
    @Override
    public void drain() {
        accept(Integer.MAX_VALUE);
        stop();
    }

    @Override
    public void stop() {
        loop.wheel().remove(this);
        try {
            server.close();
        } catch (IOException e) {
            LOG.warn("closing the listening socket failed: {}", e.toString());
        }
    }
}
