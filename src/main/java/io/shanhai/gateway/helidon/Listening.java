package io.shanhai.gateway.helidon;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import io.shanhai.gateway.upstream.Deadlines;
import io.shanhai.metrics.Counter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Takes connections from Helidon's listener and bounds their number. As the only selector it gets each of them at once,
/// before a byte is read. Safe for all threads.
final class Listening implements ServerConnectionSelector {

    private final Http1Service service;
    private final Deadlines deadlines;
    private final int maxConnections;
    private final Counter refused;
    private final Http2ConnectionSelector http2;
    private final Set<SniffingConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger open = new AtomicInteger();

    /// @param refused counts connections beyond `maxConnections`
    Listening(Http1Service service, Deadlines deadlines, int maxConnections, Counter refused, Http2Config http2Config) {
        this.service = service;
        this.deadlines = deadlines;
        this.maxConnections = maxConnections;
        this.refused = refused;
        this.http2 = Http2ConnectionSelector.builder().http2Config(http2Config).build();
    }

    Http1Service service() {
        return service;
    }

    Deadlines deadlines() {
        return deadlines;
    }

    int open() {
        return open.get();
    }

    /// @return false when there are too many connections already
    boolean admit(SniffingConnection connection) {
        if (open.incrementAndGet() <= maxConnections) {
            connections.add(connection);
            return true;
        }
        open.decrementAndGet();
        refused.increment();
        return false;
    }

    void release(SniffingConnection connection) {
        connections.remove(connection);
        open.decrementAndGet();
    }

    /// Cuts off every connection.
    void closeAll() {
        connections.forEach(connection -> connection.close(true));
    }

    @Override
    public int bytesToIdentifyConnection() {
        return 0;
    }

    @Override
    public Support supports(BufferData data) {
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return Set.of("http/1.1", "h2");
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        return new SniffingConnection(context, this, http2);
    }
}
