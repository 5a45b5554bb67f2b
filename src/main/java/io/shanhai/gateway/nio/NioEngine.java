package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.http1.HeadLimits;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.metrics.Metrics;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// The fast HTTP/1.1 engine: one selector loop per core, each with a listening socket of its own on the same port.
/// Safe for all threads; started once, closed once.
public final class NioEngine implements AutoCloseable {

    private static final int BACKLOG = 4096; // the kernel cuts it to net.core.somaxconn
    private static final long DRAIN_STEP_NANOS = 5_000_000;
    private static final Duration END_TIMEOUT = Duration.ofSeconds(2); // a loop never blocks, so it ends within a turn

    private final GatewaySettings settings;
    private final EngineParts parts;
    // Written once by start(), read by whoever asks, drains or closes: no lock is needed, and none is held while binding.
    private volatile List<Loop> loops = List.of();
    private volatile List<Thread> threads = List.of();
    private volatile int port;

    public NioEngine(GatewaySettings settings, Chain chain, Balancer balancer, Metrics metrics) {
        this.settings = settings;
        ConnectionCount connections = new ConnectionCount(settings.maxConnections(),
                metrics.counter("shanhai_gateway_connections_refused_total",
                        "Client connections closed because gateway.max-connections were open.", "engine", Engine.NIO.label()));
        metrics.gauge("shanhai_gateway_connections", "Open client connections.", connections::open, "engine",
                Engine.NIO.label());
        this.parts = new EngineParts(settings,
                new HeadLimits(settings.maxHeaderSize().toInt(), settings.maxUriSize().toInt()), chain, balancer, connections,
                metrics.counter("shanhai_gateway_defects_total", "Defects caught at the root of a gateway thread.",
                        "engine", Engine.NIO.label()),
                new UpstreamMeters(metrics));
    }

    /// Binds and begins to serve.
    ///
    /// @throws BindException when the port is in use; the message names it
    public void start() throws IOException {
        int count = settings.nioLoops() == 0 ? Runtime.getRuntime().availableProcessors() : settings.nioLoops();
        List<ServerSocketChannel> servers = new ArrayList<>();
        List<Loop> opened = new ArrayList<>();
        try {
            bindAll(count, servers);
            for (ServerSocketChannel server : servers) {
                Loop loop = new Loop(parts, count);
                opened.add(loop);
                loop.listen(server);
            }
        } catch (IOException | RuntimeException e) {
            for (ServerSocketChannel server : servers) {
                server.close();
            }
            for (Loop loop : opened) {
                loop.end();
                loop.run(); // asked to end before it began, it only closes what it has opened
            }
            throw e;
        }
        loops = List.copyOf(opened);
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            started.add(Thread.ofPlatform().name("nio-loop-" + i).start(opened.get(i)));
        }
        threads = List.copyOf(started);
    }

    private void bindAll(int count, List<ServerSocketChannel> servers) throws IOException {
        port = settings.nioPort();
        if (port != 0) {
            // SO_REUSEPORT would let us join the port of another process in silence; without it the kernel says so.
            bind(false).close();
        }
        for (int i = 0; i < count; i++) {
            ServerSocketChannel server = bind(true);
            servers.add(server);
            port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            server.configureBlocking(false);
        }
    }

    private ServerSocketChannel bind(boolean shared) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            if (shared) {
                server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            return server.bind(new InetSocketAddress(settings.address(), port), BACKLOG);
        } catch (BindException e) {
            server.close();
            BindException named = new BindException(settings.address() + ":" + port + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /// The port it listens on, once started.
    public int port() {
        return port;
    }

    /// Lets nobody in, closes idle connections and waits for requests in flight.
    ///
    /// @return true when all had ended within `atMost`
    public boolean drain(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        for (Loop loop : loops) {
            loop.drain();
        }
        while (parts.connections().open() > 0 && System.nanoTime() < deadline && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(DRAIN_STEP_NANOS);
        }
        return parts.connections().open() == 0;
    }

    /// Ends at once: requests in flight are cut off. Idempotent.
    @Override
    public void close() {
        for (Loop loop : loops) {
            loop.end();
        }
        try {
            for (Thread thread : threads) {
                thread.join(END_TIMEOUT);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the loops end without being watched
        }
    }
}
