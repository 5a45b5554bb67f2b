package io.shanhai.gateway.nio;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.http1.ResponseParser;
import io.shanhai.gateway.upstream.Failure;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/// A connection to an endpoint: connecting, at work for one [Relay], or idle in the loop's [UpstreamPools].
final class UpstreamConnection extends Timed implements Loop.Handler {

    private final Loop loop;
    private final Endpoint endpoint;
    private final Wire wire;
    private final ResponseParser parser;
    /// Null while idle.
    private Relay relay;
    private boolean connected;
    private boolean reused;
    private boolean closed;

    private UpstreamConnection(Loop loop, Endpoint endpoint, SocketChannel channel, Relay relay) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.wire = new Wire(loop, channel);
        this.parser = new ResponseParser(loop.parts().limits());
        this.relay = relay;
    }

    /// Begins to connect. The relay hears of the outcome by an event of the loop, never before this returns.
    ///
    /// @throws IOException when it failed at once
    static UpstreamConnection connect(Loop loop, Endpoint endpoint, Relay relay) throws IOException {
        if (endpoint.socketAddress().isUnresolved()) {
            throw new IOException("its name has no address");
        }
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            boolean atOnce = channel.connect(endpoint.socketAddress());
            UpstreamConnection connection = new UpstreamConnection(loop, endpoint, channel, relay);
            connection.wire.register(connection, atOnce ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT);
            loop.parts().upstreams().opened();
            loop.wheel().schedule(connection, loop.now() + loop.parts().settings().connectTimeout().toNanos());
            return connection;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    String address() {
        return endpoint.address();
    }

    Wire wire() {
        return wire;
    }

    ResponseParser parser() {
        return parser;
    }

    /// It carried an exchange before: the endpoint may have closed it meanwhile.
    boolean isReused() {
        return reused;
    }

    /// Leaves the pool to work for `relay`.
    void employ(Relay relay) {
        this.relay = relay;
        reused = true;
        dueNanos = NEVER;
    }

    /// The exchange is over and the connection good for another.
    void release() {
        relay = null;
        parser.reset();
        wire.releaseIn();
        wire.wantWrite(false);
        wire.wantRead(true);
        loop.pools().give(this);
    }

    @Override
    public void ready(int ops) throws IOException {
        if (!connected) {
            wire.channel().finishConnect();
            connected = true;
            dueNanos = NEVER;
            wire.want(SelectionKey.OP_CONNECT | SelectionKey.OP_WRITE, false);
            wire.wantRead(true);
            relay.connected();
            return;
        }
        if (relay == null) {
            // Bytes or an end on an idle connection: either way nobody may use it.
            close();
            return;
        }
        if ((ops & SelectionKey.OP_WRITE) != 0) {
            relay.upstreamWritable();
        }
        if (relay != null && !closed && (ops & SelectionKey.OP_READ) != 0) {
            relay.upstreamReadable();
        }
    }

    @Override
    public void broken(Throwable cause) {
        if (relay == null) {
            close();
        } else if (!connected) {
            relay.failed(Failure.CONNECT_REFUSED, "connecting failed: " + cause.getMessage());
        } else {
            relay.upstreamBroken(cause);
        }
    }

    @Override
    void expired(long nowNanos) {
        if (relay == null) {
            close();
        } else if (!connected) {
            relay.failed(Failure.CONNECT_TIMEOUT, "no connection within "
                    + loop.parts().settings().connectTimeout().toMillis() + " ms");
        }
    }

    /// Its relay ends it when its client does; an idle one ends here.
    @Override
    public void drain() {
        if (relay == null) {
            close();
        }
    }

    @Override
    public void stop() {
        close();
    }

    /// Idempotent.
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        loop.parts().upstreams().closed();
        if (relay == null) {
            loop.pools().forget(this);
        }
        relay = null;
        loop.wheel().remove(this);
        wire.close();
    }
}
