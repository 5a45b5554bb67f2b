package io.shanhai.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// A service for the demo: answers the article's `/api/v1/users` on a real socket and says who it is.
final class DemoBackend implements AutoCloseable {

    static final String BODY = "{\"count\":12847}"; // the article's example answer

    private final String name;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicLong served = new AtomicLong();

    /// Listens on a free loopback port at once.
    DemoBackend(String name) throws IOException {
        this.name = name;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        served.incrementAndGet();
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            boolean known = exchange.getRequestURI().getPath().equals("/api/v1/users");
            byte[] body = (known ? BODY : "{\"error\":\"no such path\"}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "application/json");
            exchange.getResponseHeaders().set("x-backend", name);
            exchange.sendResponseHeaders(known ? 200 : 404, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    String name() {
        return name;
    }

    String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    long served() {
        return served.get();
    }

    /// Dies without a word: the port is closed, open connections break, nothing is deregistered.
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
