package io.shanhai.gateway.helidon;

import io.helidon.common.socket.SocketOptions;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http2.Http2Config;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.gateway.upstream.Deadlines;
import io.shanhai.gateway.upstream.UpstreamClient;
import io.shanhai.metrics.Metrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The compatible engine: HTTP/1.1 and HTTP/2 (prior knowledge) on `gateway.port`, one virtual thread per request. Safe
/// for all threads.
public final class HelidonEngine implements AutoCloseable {

    // HTTP/2: what one connection may do before it is ended (CVE-2023-44487 and its kin).
    private static final long MAX_STREAMS = 128; // RFC 9113 section 5.1.2 advises at least 100
    private static final int MAX_RAPID_RESETS = 100;
    private static final Duration RAPID_RESET_PERIOD = Duration.ofSeconds(10);
    private static final int MAX_EMPTY_FRAMES = 10;

    // Helidon prints its features and ports at INFO through java.util.logging; the appliance says where it listens
    // itself. Held here because a logger nobody refers to forgets its level.
    private static final Logger HELIDON_LOG = Logger.getLogger("io.helidon");
    private static final Duration POLL = Duration.ofMillis(10);
    /// Without a request for this many polls, what is still open only waits for its client: HTTP/2 closes when that does.
    private static final int QUIET_POLLS = 20;

    private final GatewaySettings settings;
    private final Deadlines deadlines = new Deadlines("shanhai-helidon-deadlines");
    private final Http1Service service;
    private final Listening listening;
    private final Metrics metrics;
    private WebServer server;
    private int port;
    private Thread stopping;

    /// @param upstream started and closed by the caller
    public HelidonEngine(GatewaySettings settings, Chain chain, Balancer balancer, UpstreamClient upstream, Metrics metrics) {
        this.settings = settings;
        this.metrics = metrics;
        String[] label = {"engine", Exchange.Engine.HELIDON.label()};
        service = Http1Service.of(settings, new Courier(chain, balancer, upstream), chain);
        listening = new Listening(service, deadlines, settings.maxConnections(),
                metrics.counter("shanhai_gateway_connections_refused_total", "Client connections beyond the limit.", label),
                http2(settings));
    }

    /// Binds and serves.
    ///
    /// @throws UncheckedIOException with a `BindException` that names address and port
    public synchronized void start() {
        HELIDON_LOG.setLevel(Level.WARNING);
        InetSocketAddress address = new InetSocketAddress(settings.address(), settings.port());
        requireFree(address);
        server = WebServer.create(serverConfig(address));
        deadlines.start();
        server.start();
        if (!server.isRunning()) {
            deadlines.close();
            throw new UncheckedIOException(new BindException("cannot listen on " + address + ": Helidon's log has the cause"));
        }
        port = server.port();
        String[] label = {"engine", Exchange.Engine.HELIDON.label()};
        metrics.gauge("shanhai_gateway_connections", "Client connections open.", listening::open, label);
    }

    /// The bound port; 0 before [#start()].
    public synchronized int port() {
        return port;
    }

    /// Accepts no connection any more, closes idle ones, lets requests under way end, each connection closing after its
    /// response; then closes.
    ///
    /// @param limit what is not done by then is cut off
    /// @return true when every request ended by itself
    public boolean drain(Duration limit) throws InterruptedException {
        beginStop();
        long deadline = System.nanoTime() + limit.toNanos();
        int quiet = 0;
        while (listening.open() > 0 && quiet < QUIET_POLLS && System.nanoTime() < deadline) {
            Thread.sleep(POLL);
            quiet = service.courier().inFlight() == 0 ? quiet + 1 : 0;
        }
        boolean clean = service.courier().inFlight() == 0;
        close();
        return clean;
    }

    /// Cuts off what is under way. Idempotent.
    @Override
    public void close() {
        Thread stop = beginStop();
        if (stop == null) {
            return;
        }
        listening.closeAll();
        try {
            stop.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        deadlines.close();
    }

    /// Helidon's stop waits for its connections; it runs beside us so that we decide how long.
    private synchronized Thread beginStop() {
        if (stopping == null && server != null) {
            stopping = Thread.ofPlatform().name("shanhai-helidon-stop").start(server::stop);
        }
        return stopping;
    }

    /// Helidon logs a failure to bind and goes on as if nothing had happened: ask first, so that the caller gets the cause.
    private static void requireFree(InetSocketAddress address) {
        try (ServerSocketChannel probe = ServerSocketChannel.open()) {
            probe.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            probe.bind(address);
        } catch (IOException e) {
            BindException named = new BindException("cannot listen on " + address.getHostString() + ":" + address.getPort()
                    + ": " + e.getMessage());
            named.initCause(e);
            throw new UncheckedIOException(named);
        }
    }

    private WebServerConfig serverConfig(InetSocketAddress address) {
        return WebServerConfig.builder()
                .bindAddress(address)
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .contentEncoding(ContentEncodingContext.builder().contentEncodingsDiscoverServices(false).build())
                .useNio(false) // its NIO socket copies every write through 8 KiB
                .connectionOptions(SocketOptions.builder().tcpNoDelay(true).build())
                .idleConnectionTimeout(settings.idleTimeout())
                .shutdownGracePeriod(settings.drainTimeout())
                .directHandlers(refusals())
                .connectionSelectors(List.of(listening))
                .routing(HttpRouting.builder().addFilter(new Http2Entry(service)))
                .buildPrototype();
    }

    private static Http2Config http2(GatewaySettings settings) {
        return Http2Config.builder()
                .maxHeaderListSize(settings.maxHeaderSize().bytes()) // counted before END_HEADERS: CONTINUATION has no end of its own
                .maxConcurrentStreams(MAX_STREAMS)
                .maxRapidResets(MAX_RAPID_RESETS)
                .rapidResetCheckPeriod(RAPID_RESET_PERIOD)
                .maxEmptyFrames(MAX_EMPTY_FRAMES)
                .validatePath(false) // matched and forwarded as received, never decoded
                .build();
    }

    /// What Helidon refuses before there is an exchange, in the gateway's words.
    private DirectHandlers refusals() {
        DirectHandler handler = (_, type, status, _, message) -> {
            Answer answer = service.malformed(new Malformed(Math.max(400, status.code()), reason(type),
                    message == null ? status.reasonPhrase() : message));
            DirectHandler.TransportResponse.Builder response = DirectHandler.TransportResponse.builder().status(status)
                    .keepAlive(false).entity(answer.body());
            for (int i = 0; i + 1 < answer.headers().size(); i += 2) {
                response.header(HeaderValues.create(HeaderNames.create(answer.headers().get(i)), answer.headers().get(i + 1)));
            }
            return response.build();
        };
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, handler);
        }
        return handlers.build();
    }

    private static String reason(DirectHandler.EventType type) {
        return switch (type) {
            case BAD_REQUEST -> "http2:bad-request";
            case PAYLOAD_TOO_LARGE -> "http2:payload-too-large";
            case FORBIDDEN -> "http2:forbidden";
            case INTERNAL_ERROR, OTHER -> "http2:failure";
            case HTTP_VERSION_NOT_SUPPORTED -> "http2:version";
        };
    }
}
