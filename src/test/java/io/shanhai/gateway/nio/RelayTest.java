package io.shanhai.gateway.nio;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.nio.Raw.Response;
import io.shanhai.gateway.nio.TestGateway.Left;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Proxied exchanges that go well: both directions, every framing. The others are in [RelayFailureTest].
@Timeout(60)
class RelayTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final TestGateway gateway = new TestGateway();

    @AfterEach
    void close() {
        gateway.close();
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    private Left theOneThatLeft() {
        await().until(() -> !gateway.left.isEmpty());
        assertEquals(1, gateway.left.size());
        return gateway.left.peek();
    }

    @Test
    void keepsOneUpstreamConnectionForManyRequests() throws IOException {
        try (Backend backend = Backend.answering(OK)) {
            gateway.proxy("/p", backend.port()).respond("/a", 200, "direct").start();
            try (Raw client = gateway.connect()) {
                for (int i = 0; i < 20; i++) {
                    assertEquals("ok", client.send(get("/p")).response().body());
                }
                client.send(get("/p") + get("/a") + get("/p") + get("/p"));
                assertEquals("ok", client.response().body());
                assertEquals("direct", client.response().body());
                assertEquals("ok", client.response().body());
                assertEquals("ok", client.response().body());
            }
            assertEquals(1, backend.connections());
        }
    }

    @Test
    void bodiesPassBothWaysByLength() throws IOException {
        try (Backend backend = echo()) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello ").send("world" + get("/p"));
                assertEquals("hello world", client.response().body());
                assertEquals("", client.response().body(), "the bytes behind the body are the next request");
            }
        }
        assertEquals(new Left("/p", 200, null, 11, 11), gateway.left.peek());
    }

    /// Sends back what it gets, framed by length.
    private static Backend echo() throws IOException {
        return new Backend((_, in, out) -> {
            while (Raw.readHead(in) instanceof String head) {
                byte[] body = in.readNBytes(Raw.contentLength(head));
                out.write(Raw.bytes("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n"));
                out.write(body);
            }
        });
    }

    @Test
    void chunkedBodiesPassBothWaysWithTheirFraming() throws Exception {
        String body = "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nX-Sum: 1\r\n\r\n";
        try (Backend backend = new Backend((_, in, out) -> {
            String head = Raw.readHead(in);
            byte[] got = in.readNBytes(body.length());
            assertTrue(head.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked"), head);
            assertFalse(head.toLowerCase(java.util.Locale.ROOT).contains("content-length"), head);
            out.write(Raw.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
            out.write(got);
            Raw.readHead(in);
            out.write(Raw.bytes(OK));
        })) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                client.send("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (byte b : Raw.bytes(body)) {
                    client.send(new byte[]{b});
                }
                assertEquals("abcdefgh", client.response().body());
                assertEquals("ok", client.send(get("/p")).response().body(), "both connections are good for another");
            }
            assertEquals(1, backend.connections());
        }
        assertEquals(new Left("/p", 200, null, 8, 8), gateway.left.peek());
    }

    @Test
    void chunksAreUnwrappedForHttp10() throws IOException {
        try (Backend backend = Backend.answering(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                Response response = client.send("GET /p HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();
                assertEquals("abcde", response.body());
                assertFalse(response.head().toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding"), response.head());
                assertTrue(response.has("connection: close"), response.head());
            }
        }
    }

    @Test
    void bodilessResponsesEndWithTheirHead() throws IOException {
        try (Backend backend = new Backend((_, in, out) -> {
            while (Raw.readHead(in) instanceof String head) {
                String status = head.startsWith("HEAD") ? "200 OK" : head.startsWith("PUT") ? "204 Gone" : "304 Same";
                String length = head.startsWith("PUT") ? "" : "Content-Length: 77\r\n";
                out.write(Raw.bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 " + status + "\r\n" + length + "ETag: x\r\n\r\n"));
            }
        })) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                client.send("HEAD /p HTTP/1.1\r\nHost: a\r\n\r\n" + "PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
                        + get("/p"));
                Response head = client.response(true);
                assertTrue(head.status() == 200 && head.has("content-length: 77"), head.head());
                Response none = client.response();
                assertTrue(none.status() == 204 && !none.head().contains("content-length"), none.head());
                Response same = client.response();
                assertTrue(same.status() == 304 && same.has("etag: x"), same.head());
            }
        }
    }

    @Test
    void hopByHopFieldsOfTheResponseStayHere() throws IOException {
        try (Backend backend = Backend.answering("HTTP/1.1 200 Fine\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
                + "Keep-Alive: timeout=5\r\nX-End: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nok")) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                Response response = client.send(get("/p")).response();
                assertTrue(response.has("x-end: 2") && response.has("set-cookie: a") && response.has("set-cookie: b"));
                String lower = response.head().toLowerCase(java.util.Locale.ROOT);
                assertFalse(lower.contains("x-hop") || lower.contains("keep-alive"), lower);
            }
        }
    }

    @Test
    void expectContinueIsAnsweredOnceAnEndpointIsThere() throws IOException {
        try (Backend backend = echo()) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                client.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
                assertTrue(client.head().startsWith("HTTP/1.1 100 "));
                assertEquals("hello", client.send("hello").response().body());
            }
        }
    }

    @Test
    void largeBodiesStreamBothWaysAtOnce() throws Exception {
        int size = 20 * 1024 * 1024;
        try (Backend backend = new Backend((_, in, out) -> {
            Raw.readHead(in);
            out.write(Raw.bytes("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n"));
            in.transferTo(out); // starts to answer long before the request has ended
        })) {
            gateway.proxy("/p", backend.port()).start();
            byte[] block = new byte[64 * 1024];
            Arrays.fill(block, (byte) 'x');
            try (Raw client = gateway.connect()) {
                client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n");
                Thread sender = Thread.ofVirtual().start(() -> {
                    try {
                        for (int sent = 0; sent < size; sent += block.length) {
                            client.send(block);
                        }
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                assertTrue(client.head().startsWith("HTTP/1.1 200"));
                for (int read = 0; read < size; read += block.length) {
                    assertTrue(Arrays.equals(block, client.exactly(block.length)), "at " + read);
                }
                sender.join();
            }
        }
        assertEquals(new Left("/p", 200, null, size, size), theOneThatLeft());
    }

    @Test
    void aSlowReaderSlowsTheEndpointDown() throws Exception {
        long size = 200L * 1024 * 1024; // far more than socket buffers and ours together
        AtomicLong written = new AtomicLong();
        try (Backend backend = new Backend((_, in, out) -> {
            Raw.readHead(in);
            out.write(Raw.bytes("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n"));
            byte[] block = new byte[64 * 1024];
            while (written.get() < size) {
                out.write(block);
                written.addAndGet(block.length);
            }
        })) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                client.send(get("/p"));
                client.head();
                client.exactly(1024);
                AtomicLong before = new AtomicLong(-1);
                await().pollInterval(Duration.ofMillis(300)).until(() -> written.get() == before.getAndSet(written.get()));
                assertTrue(written.get() < size / 2, "the endpoint wrote " + written.get() + " bytes nobody read");
                client.exactly(8 * 1024 * 1024);
                await().until(() -> written.get() > before.get());
            }
        }
        assertEquals(499, theOneThatLeft().status());
    }

    @Test
    void theForwardedHeadIsWhatForwardingSays() throws IOException {
        try (Backend backend = new Backend((_, in, out) -> {
            String head = Raw.readHead(in);
            out.write(Raw.bytes("HTTP/1.1 200 OK\r\nContent-Length: " + head.length() + "\r\n\r\n" + head));
        })) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                String echoed = client
                        .send("GET /p?q=1 HTTP/1.1\r\nHost: B:80\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-End: caf\u00e9\r\n\r\n")
                        .response().body();
                assertTrue(echoed.startsWith("GET /p?q=1 HTTP/1.1\r\nhost: B:80\r\n"), echoed);
                assertTrue(echoed.contains("X-End: caf\u00e9\r\n"), echoed);
                assertTrue(echoed.contains("x-forwarded-for: 127.0.0.1\r\n"), echoed);
                assertFalse(echoed.contains("X-Hop"), echoed);
            }
        }
    }

    @Test
    void aHeadLargerThanOneBufferPasses() throws IOException {
        try (Backend backend = Backend.answering("HTTP/1.1 200 OK\r\nX-Big: " + "y".repeat(16_000)
                + "\r\nContent-Length: 2\r\n\r\nok")) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                String start = "GET /p HTTP/1.1\r\nHost: a\r\nX-Big: ";
                String head = start + "x".repeat(16 * 1024 - start.length() - 4) + "\r\n\r\n";
                assertEquals("ok", client.send(head).response().body());
                assertEquals("ok", client.send(get("/p")).response().body());
            }
        }
    }
}
