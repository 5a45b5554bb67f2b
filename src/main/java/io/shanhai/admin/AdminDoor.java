package io.shanhai.admin;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http1.Http1Config;
import io.shanhai.admin.ProblemException.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The node's own HTTP server: access rules, then the services in order, then a 404 or 405 that says what there is.
///
/// HTTP/1.1 only: nothing here needs more, and a protocol that is not spoken cannot be attacked.
public final class AdminDoor implements AutoCloseable {

    private static final int MAX_HEAD_BYTES = 16 * 1024; // tokens and browser cookies of localhost together
    private static final Duration GRACE = Duration.ofSeconds(2); // requests here take milliseconds; streams are ended

    private final AdminSettings settings;
    private final Path dataFolder;
    private final EventStreams streams;
    private final List<HttpService> services;
    private WebServer server; // guarded by this

    /// @param dataFolder where a generated token is kept
    /// @param streams ended by [#close()]
    /// @param services each registers its full paths
    public AdminDoor(AdminSettings settings, Path dataFolder, EventStreams streams, List<HttpService> services) {
        this.settings = settings;
        this.dataFolder = dataFolder;
        this.streams = streams;
        this.services = List.copyOf(services);
    }

    /// Binds and serves.
    ///
    /// @throws IOException when the address does not resolve or cannot be bound, or the token cannot be read or written
    /// @throws IllegalArgumentException when the token settings contradict each other
    public synchronized void start() throws IOException {
        InetAddress address = InetAddress.getByName(settings.address());
        boolean onLoopback = address.isLoopbackAddress();
        AccessRules rules = new AccessRules(onLoopback, settings.anonymous(), token(onLoopback));
        WebServer starting = WebServer.builder().address(address).port(settings.port()).shutdownHook(false)
                .featuresDiscoverServices(false).protocolsDiscoverServices(false)
                .addProtocol(Http1Config.builder().maxHeadersSize(MAX_HEAD_BYTES).build())
                .maxPayloadSize(settings.maxBodySize().bytes()).maxTcpConnections(settings.maxConnections())
                // Blocking sockets, not channels: only they honour the read timeout that ends a half-sent request.
                .useNio(false).connectionOptions(options -> options.readTimeout(settings.idleTimeout()))
                .idleConnectionTimeout(settings.idleTimeout()).shutdownGracePeriod(GRACE)
                .directHandlers(directHandlers()).routing(routing -> route(routing, rules)).build();
        try {
            starting.start();
        } catch (RuntimeException e) {
            throw new IOException("cannot listen on " + settings.address() + ":" + settings.port() + ": "
                    + rootCause(e).getMessage(), e);
        }
        server = starting;
    }

    private Optional<AdminToken> token(boolean onLoopback) throws IOException {
        Optional<AdminToken> configured = AdminToken.configured(settings);
        boolean demanded = !onLoopback || !settings.anonymous();
        return configured.isPresent() || !demanded ? configured : Optional.of(AdminToken.generated(dataFolder));
    }

    private void route(HttpRouting.Builder routing, AccessRules rules) {
        Endpoints endpoints = new Endpoints(routing);
        routing.addFilter(rules);
        routing.error(Throwable.class, (request, response, thrown) -> Problems.send(request, response,
                Problems.of(thrown, request.prologue().method().text(), request.path().rawPath())));
        endpoints.register(services.toArray(HttpService[]::new));
        routing.any(endpoints::refuse);
    }

    /// Refusals of the engine, before there is a request to route.
    private static DirectHandlers directHandlers() {
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            builder.addHandler(type, AdminDoor::refuse);
        }
        return builder.build();
    }

    private static DirectHandler.TransportResponse refuse(DirectHandler.TransportRequest request,
            DirectHandler.EventType type, Status status, ServerResponseHeaders headers, String message) {
        Answer answer = Problems.of(status.code(), message);
        var response = DirectHandler.TransportResponse.builder().status(status).headers(headers)
                .keepAlive(type.keepAlive()).header(HeaderNames.CONTENT_TYPE, Problems.MEDIA_TYPE);
        if (!type.keepAlive()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        return response.entity(Problems.body(answer, request.path())).build();
    }

    private static Throwable rootCause(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /// The bound port.
    ///
    /// @throws IllegalStateException when not started
    public synchronized int port() {
        if (server == null) {
            throw new IllegalStateException("the admin door is not started");
        }
        return server.port();
    }

    /// Ends event streams, stops accepting, lets requests in flight finish. Idempotent.
    @Override
    public void close() {
        streams.close();
        WebServer stopping;
        synchronized (this) {
            stopping = server;
            server = null;
        }
        if (stopping != null) {
            stopping.stop();
        }
    }
}
