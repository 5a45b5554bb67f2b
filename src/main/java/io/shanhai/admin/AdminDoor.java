package io.shanhai.admin;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.shanhai.node.StartException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// The node's own HTTP server: access rules, then the calls of its parts, then a 404 or 405 that says what there is.
///
/// HTTP/1.1 only: nothing here needs more, and a protocol that is not spoken cannot be attacked.
public final class AdminDoor implements AutoCloseable {

    private static final int MAX_HEAD_BYTES = 16 * 1024; // tokens and browser cookies of localhost together
    private static final Duration GRACE = Duration.ofSeconds(2); // requests here take milliseconds; streams are ended

    private final AdminSettings settings;
    private final Path dataFolder;
    private final EventStreams streams;
    private final List<ApiPart> parts;
    private final RequestDeadlines deadlines;
    private final AtomicReference<WebServer> server = new AtomicReference<>();

    /// @param dataFolder where a generated token is kept
    /// @param streams ended by [#close()]
    /// @param parts of the API; a request is compared with their calls in this order
    public AdminDoor(AdminSettings settings, Path dataFolder, EventStreams streams, List<ApiPart> parts) {
        this.settings = settings;
        this.dataFolder = dataFolder;
        this.streams = streams;
        this.parts = List.copyOf(parts);
        this.deadlines = new RequestDeadlines(settings.idleTimeout());
    }

    /// Binds and serves. Called once.
    ///
    /// @throws StartException when the address cannot be bound, or the token settings or the token's file cannot be used
    public void start() {
        InetSocketAddress address = new InetSocketAddress(settings.address(), settings.port());
        checkFree(address);
        boolean onLoopback = address.getAddress().isLoopbackAddress();
        AccessRules rules = new AccessRules(onLoopback, settings.anonymous(), token(onLoopback));
        WebServer starting = WebServer.builder().address(address.getAddress()).port(settings.port()).shutdownHook(false)
                .featuresDiscoverServices(false).protocolsDiscoverServices(false).addProtocol(http1())
                .maxPayloadSize(settings.maxBodySize().bytes()).maxTcpConnections(settings.maxConnections())
                .idleConnectionTimeout(settings.idleTimeout()).idleConnectionPeriod(settings.idleTimeout().dividedBy(4))
                .shutdownGracePeriod(GRACE)
                .errorHandling(handling -> handling.includeEntity(true)).directHandlers(EngineRefusals.handlers())
                .routing(routing -> route(routing, rules)).build().start();
        if (!starting.isRunning()) {
            throw cannotListen("the engine did not start, see the log", null);
        }
        deadlines.start();
        server.set(starting);
    }

    /// Helidon 4.5.0 logs a failed bind and goes on without its listener; this says why, as an exception.
    private void checkFree(InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw cannotListen("the name has no address", null);
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
        } catch (IOException e) {
            throw cannotListen(e.getMessage(), e);
        }
    }

    private StartException cannotListen(String why, IOException cause) {
        return new StartException("the admin door cannot listen on " + settings.address() + ":" + settings.port() + ": " + why
                + " (expected: a free port; choose another with --set admin.port=N, or --offset 100 to move every port)",
                cause);
    }

    private Http1Config http1() {
        // RFC 3986 wants brackets in a path encoded; people write /v1/registry/users/[::1]:8080, and what is no path of
        // ours is a 404 all the same.
        return Http1Config.builder().validatePath(false).maxHeadersSize(MAX_HEAD_BYTES).addReceiveListener(deadlines).build();
    }

    private Optional<AdminToken> token(boolean onLoopback) {
        boolean demanded = !onLoopback || !settings.anonymous();
        try {
            Optional<AdminToken> configured = AdminToken.configured(settings);
            return configured.isPresent() || !demanded ? configured : Optional.of(AdminToken.generated(dataFolder));
        } catch (IOException e) {
            throw new StartException("the admin token cannot be read or written: " + e
                    + " (see admin.token, admin.token-file, and the rights of the data folder)", e);
        }
    }

    private void route(HttpRouting.Builder routing, AccessRules rules) {
        Endpoints endpoints = new Endpoints();
        parts.forEach(part -> part.declare(endpoints));
        new OpenApi().declare(endpoints);
        routing.addFilter((chain, _, _) -> {
            try {
                chain.proceed();
            } finally {
                deadlines.complete();
            }
        });
        routing.addFilter(rules);
        routing.error(Throwable.class, (request, response, thrown) -> Problems.send(request, response,
                Problems.of(thrown, request.prologue().method().text(), request.path().rawPath())));
        endpoints.route(routing);
    }

    /// The bound port.
    ///
    /// @throws IllegalStateException when not started
    public int port() {
        WebServer running = server.get();
        if (running == null) {
            throw new IllegalStateException("the admin door is not started");
        }
        return running.port();
    }

    /// Ends event streams, stops accepting, lets requests in flight finish. Idempotent.
    @Override
    public void close() {
        streams.close();
        WebServer stopping = server.getAndSet(null);
        if (stopping != null) {
            stopping.stop();
        }
        deadlines.close();
    }
}
