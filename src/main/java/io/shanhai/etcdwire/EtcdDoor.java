package io.shanhai.etcdwire;

import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.node.StartException;
import io.shanhai.store.Maintenance;
import io.shanhai.store.Store;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/// Serves a store to etcd v3 clients on one port: gRPC, and etcd's JSON over HTTP/1.1.
///
/// Thread safety: all threads, after [#start()].
public final class EtcdDoor implements AutoCloseable {

    // What is too large is still read, a few times the limit, so that the store refuses it with etcd's words; beyond that
    // gRPC resets the stream, which a client takes for an outage.
    private static final int READ_BEYOND_LIMIT = 4;
    private static final int MAX_STREAMS = 10_000; // a connection; jetcd opens one for each watch
    private static final Duration GRACE = Duration.ofSeconds(1); // requests take milliseconds; streams are ended
    // etcd's defaults: --grpc-keepalive-min-time, -interval, -timeout
    private static final Duration MIN_PING_INTERVAL = Duration.ofSeconds(5);
    private static final Duration PING_AFTER = Duration.ofHours(2);
    private static final Duration PING_TIMEOUT = Duration.ofSeconds(20);

    /// Logs a stack trace for each message that is too large, so a client could fill the disk with them. Held here because
    /// `java.util.logging` forgets the level of a logger that nobody holds.
    private static final Logger BAD_MESSAGES = Logger.getLogger("io.grpc.netty.NettyServerStream");

    private final EtcdSettings settings;
    private final Node node;
    private final Store store;
    private final Maintenance maintenance;
    private final Http1Side http1;
    private final Metrics metrics;
    private final LongAdder waitingBytes = new LongAdder();
    private final Calls calls;
    private final Calls waiting;
    private EventLoopGroup loops;
    private Server server;

    /// @param id of the node: the member's name, and what its ids are made of
    /// @param folder for generated users and for snapshots on their way
    /// @param maxRequestBytes the store's limit
    public record Node(String id, Path folder, long maxRequestBytes) {}

    /// @param store what is served
    /// @param maintenance of the same store
    public EtcdDoor(EtcdSettings settings, Node node, Store store, Maintenance maintenance, Http1Side http1,
            Metrics metrics) {
        this.settings = settings;
        this.node = node;
        this.store = store;
        this.maintenance = maintenance;
        this.http1 = http1;
        this.metrics = metrics;
        this.calls = new Calls(settings.maxRequests(), "etcd-call", this::onLoop, refused("requests"));
        this.waiting = new Calls(settings.maxWaiting(), "etcd-waiting", this::onLoop, refused("waiting"));
        metrics.gauge("shanhai_etcd_watch_waiting_bytes", "Events held by threads that wait for a slow reader.",
                waitingBytes::sum);
    }

    private void onLoop(Runnable task) {
        loops.execute(task);
    }

    private Counter refused(String bound) {
        return metrics.counter("shanhai_etcd_refused_total", "What the etcd door turned away because a bound was reached.",
                "bound", bound);
    }

    /// Binds and serves. Called once.
    ///
    /// @throws IOException when the address cannot be bound
    /// @throws StartException when users, token or certificate cannot be used
    public void start() throws IOException {
        InetSocketAddress address = new InetSocketAddress(settings.address(), settings.clientPort());
        if (address.isUnresolved()) {
            throw new StartException("etcd.address is \"" + settings.address() + "\" (expected: an address of this machine)");
        }
        BAD_MESSAGES.setLevel(Level.OFF);
        boolean onLoopback = address.getAddress().isLoopbackAddress();
        Credentials credentials = Credentials.of(settings, onLoopback, node.folder(), System::nanoTime);
        SslContext tls = settings.isTls() ? tls() : null;
        SnapshotFiles snapshots = new SnapshotFiles(node.folder(), waitingBytes);
        snapshots.sweep();
        loops = new MultiThreadIoEventLoopGroup(settings.loops(), Thread.ofPlatform().name("etcd-loop-", 0).daemon().factory(),
                NioIoHandler.newFactory());
        List<ServerServiceDefinition> services = services(credentials, snapshots);
        http1.serve(new Http1Side.Serving(services, onLoopback, node.maxRequestBytes(), Identity.SERVER_VERSION,
                Identity.CLUSTER_VERSION));
        Protocols protocols = new Protocols(tls, settings.maxConnections(), settings.idleTimeout(), http1::take, metrics);
        Server built = NettyServerBuilder.forAddress(address, InternalNettyServerCredentials.create(protocols))
                .channelType(NioServerSocketChannel.class).bossEventLoopGroup(loops).workerEventLoopGroup(loops)
                .directExecutor()
                .maxInboundMessageSize((int) Math.min(Integer.MAX_VALUE, node.maxRequestBytes() * READ_BEYOND_LIMIT))
                .maxConcurrentCallsPerConnection(MAX_STREAMS)
                .handshakeTimeout(settings.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(MIN_PING_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTime(PING_AFTER.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(PING_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS).addServices(services).build();
        try {
            server = built.start();
        } catch (IOException e) { // its own words are "Failed to bind", the cause knows why
            String why = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
            throw new IOException(
                    "the etcd door cannot listen on " + settings.address() + ":" + settings.clientPort() + ": " + why, e);
        }
    }

    private List<ServerServiceDefinition> services(Credentials credentials, SnapshotFiles snapshots) {
        Identity identity = Identity.of(node.id());
        Doorkeeper doorkeeper = new Doorkeeper(credentials, metrics);
        return Stream.of(new KvService(store, identity, calls).bindService(),
                new WatchService(store, identity, loops, settings, waitingBytes, metrics).bindService(),
                new LeaseService(store, identity, calls).definition(),
                new ClusterService(identity, this::clientUrl).bindService(),
                new MaintenanceService(store, maintenance, identity, calls, snapshots).bindService(),
                new AuthService(store, identity, credentials).definition(),
                new LockService(store, identity, calls, waiting).bindService(),
                new ElectionService(store, identity, calls, waiting, waitingBytes).bindService())
                .map(service -> ServerInterceptors.intercept(service, doorkeeper)).toList();
    }

    private SslContext tls() {
        try {
            return GrpcSslContexts.forServer(new File(settings.tlsCertFile()), new File(settings.tlsKeyFile())).build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new StartException("etcd.tls-cert-file " + settings.tlsCertFile() + " with etcd.tls-key-file "
                    + settings.tlsKeyFile() + ": " + e.getMessage()
                    + " (expected: a certificate chain and its PKCS 8 key, both PEM)", e);
        }
    }

    /// What the member list tells clients.
    private String clientUrl() {
        if (!settings.advertiseUrl().isEmpty()) {
            return settings.advertiseUrl();
        }
        String address = settings.address();
        InetSocketAddress given = new InetSocketAddress(address, 0);
        String host = given.getAddress().isAnyLocalAddress() ? hostName() : address;
        return (settings.isTls() ? "https://" : "http://") + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":"
                + port();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "localhost"; // a machine without a name of its own
        }
    }

    /// The bound port.
    ///
    /// @throws IllegalStateException when not started
    public int port() {
        if (server == null) {
            throw new IllegalStateException("the etcd door is not started");
        }
        return server.getPort();
    }

    /// Stops accepting, lets requests in flight finish, ends streams. Idempotent.
    @Override
    public void close() {
        if (server != null) {
            server.shutdown();
            calls.drain(GRACE);
            server.shutdownNow(); // ends streams and those who wait; their clients look for another node
            waiting.drain(GRACE);
            http1.close();
            awaitEnd(server);
        }
        if (loops != null) {
            loops.shutdownGracefully(0, GRACE.toMillis(), TimeUnit.MILLISECONDS).awaitUninterruptibly();
        }
    }

    private static void awaitEnd(Server ending) {
        try {
            ending.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
