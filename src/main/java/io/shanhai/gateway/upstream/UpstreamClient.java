package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.http1.HeadLimits;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Speaks HTTP/1.1 to endpoints with plain blocking code, one virtual thread per exchange, and keeps connections for
/// reuse. Safe for all threads. The owner calls [#start()] and [#close()].
public final class UpstreamClient implements AutoCloseable {

    private static final String[] LABEL = {"engine", Exchange.Engine.HELIDON.label()};

    private final Deadlines deadlines = new Deadlines("shanhai-upstream-deadlines");
    private final Map<String, KeptConnections> kept = new ConcurrentHashMap<>();
    private final HeadLimits limits;
    private final long connectNanos;
    private final long idleNanos;
    private final int keptPerEndpoint;
    private final Counter opened;
    private final Counter reused;
    private volatile boolean closed;

    public UpstreamClient(GatewaySettings settings, Metrics metrics) {
        limits = new HeadLimits(settings.maxHeaderSize().toInt(), settings.maxUriSize().toInt());
        connectNanos = settings.connectTimeout().toNanos();
        idleNanos = settings.upstreamIdleTimeout().toNanos();
        keptPerEndpoint = settings.upstreamIdleConnections();
        opened = metrics.counter("shanhai_upstream_connections_opened_total", "Connections opened to instances.", LABEL);
        reused = metrics.counter("shanhai_upstream_connections_reused_total", "Requests sent on a kept connection.", LABEL);
        metrics.gauge("shanhai_upstream_connections_idle", "Kept connections without a request.", this::idle, LABEL);
    }

    public void start() {
        deadlines.start();
    }

    /// Prepares sending one exchange to the endpoints the balancer chooses. Nothing is sent yet.
    ///
    /// @param body read at most once, by the call's own thread when it is not at hand
    public UpstreamCall call(Exchange x, RequestBody body) {
        return new UpstreamCall(this, x, body);
    }

    /// Closes kept connections; those in use are closed when their exchange ends.
    @Override
    public void close() {
        closed = true;
        for (KeptConnections connections : kept.values()) {
            for (UpstreamConnection c = connections.take(); c != null; c = connections.take()) {
                c.close();
            }
        }
        deadlines.close();
    }

    /// A connection to the exchange's endpoint, its deadline armed.
    ///
    /// @param mustBeAlive this request cannot be sent a second time: a kept connection is probed first
    UpstreamConnection connection(Exchange x, boolean mustBeAlive) {
        long deadline = x.admittedNanos + x.route.timeoutNanos();
        long perTry = x.route.retries().perTryNanos();
        if (perTry > 0 && x.attemptNanos + perTry - deadline < 0) {
            deadline = x.attemptNanos + perTry; // until the response head; the route's time bounds the rest
        }
        Endpoint endpoint = x.endpoint;
        // A further attempt never takes a kept connection: when an instance restarts, all kept ones are dead together.
        UpstreamConnection connection = x.attempts > 1 ? null : takeKept(endpoint.address(), mustBeAlive);
        if (connection == null) {
            connection = connect(endpoint, deadline);
        } else {
            connection.markReused();
            reused.increment();
        }
        connection.deadline().arm(deadline);
        return connection;
    }

    private UpstreamConnection takeKept(String address, boolean mustBeAlive) {
        KeptConnections connections = kept.get(address);
        if (connections == null) {
            return null;
        }
        UpstreamConnection connection = connections.take();
        while (connection != null && mustBeAlive && connection.isStale()) {
            connection.close();
            connection = connections.take();
        }
        return connection;
    }

    private UpstreamConnection connect(Endpoint endpoint, long deadlineNanos) {
        InetSocketAddress address = endpoint.socketAddress();
        if (address.isUnresolved()) {
            throw new UpstreamException(Failure.CONNECT_REFUSED, "its name has no address");
        }
        long nanos = Math.min(connectNanos, deadlineNanos - System.nanoTime());
        int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)); // 0 would wait for ever
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket().connect(address, millis);
        } catch (SocketTimeoutException _) {
            closeQuietly(channel);
            throw new UpstreamException(Failure.CONNECT_TIMEOUT, "no connection within " + millis + " ms");
        } catch (IOException e) {
            closeQuietly(channel);
            throw new UpstreamException(Failure.CONNECT_REFUSED, "cannot connect: " + e.getMessage());
        }
        opened.increment();
        return new UpstreamConnection(channel, endpoint.address(), deadlines, limits, this::expire);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException _) {
            // it was never open
        }
    }

    /// Keeps a connection whose exchange has ended cleanly, or closes it.
    void release(UpstreamConnection connection) {
        if (closed || !connection.deadline().arm(System.nanoTime() + idleNanos)) {
            connection.close();
            return;
        }
        KeptConnections connections = kept.computeIfAbsent(connection.address(), _ -> new KeptConnections(keptPerEndpoint));
        if (!connections.offer(connection)) {
            connection.close();
        }
    }

    /// A connection in use is closed under its thread, which then finds that the deadline has fired; a kept one was
    /// idle for too long.
    private void expire(UpstreamConnection connection) {
        KeptConnections connections = kept.get(connection.address());
        if (connections != null) {
            connections.remove(connection);
        }
        connection.close();
    }

    private double idle() {
        return kept.values().stream().mapToInt(KeptConnections::size).sum();
    }
}
