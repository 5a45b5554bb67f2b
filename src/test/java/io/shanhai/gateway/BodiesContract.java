package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.exact;
import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.settings.DataSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// Bodies in both directions: framing, streaming, the methods and statuses that have none.
interface BodiesContract extends ContractGround {

    int TEN_MEGABYTES = 10 * 1024 * 1024;

    private Backend backend(Backend.Behaviour behaviour) throws Exception {
        Backend backend = gateway().backend("a").does(behaviour);
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        return backend;
    }

    private Backend backend() throws Exception {
        return backend((_, out, _) -> Backend.text(out, "a"));
    }

    private static void echo(Backend.Request request, OutputStream out) throws IOException {
        byte[] body = request.body().readAllBytes();
        out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.write(body);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    @Test
    default void forwardsBodyOfKnownLength() throws Exception {
        Backend backend = backend((request, out, _) -> echo(request, out));
        RawClient.Response response = gateway().send("POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello");
        assertEquals("hello", response.text());
        assertEquals("5", backend.request().field("content-length"));
        assertNull(backend.request().field("transfer-encoding"));
    }

    @Test
    default void forwardsEmptyBodyAsEmptyBody() throws Exception {
        Backend backend = backend((request, out, _) -> echo(request, out));
        gateway().send("POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\n");
        assertEquals("0", backend.request().field("content-length"));
    }

    @Test
    default void forwardsChunkedBody() throws Exception {
        Backend backend = backend((request, out, _) -> echo(request, out));
        RawClient.Response response = gateway().send(
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\nabc\n0a;x=y\n0123456789\n0\nX-Trailer: 1\n\n");
        assertEquals("abc0123456789", response.text());
        assertEquals("chunked", backend.request().field("transfer-encoding"));
        assertNull(backend.request().field("content-length"));
    }

    @Test
    default void servesNextRequestAfterChunkedBody() throws Exception {
        backend((request, out, _) -> echo(request, out));
        try (RawClient client = gateway().client()) {
            String request = "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n";
            client.send(request + request);
            assertEquals("abc", client.read().text());
            assertEquals("abc", client.read().text());
        }
    }

    @Test
    default void passesChunkedResponseOn() throws Exception {
        backend().says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n7\n, world\n0\n\n");
        RawClient.Response response = gateway().get("/");
        assertEquals("hello, world", response.text());
        assertEquals("chunked", response.field("transfer-encoding"));
    }

    @Test
    default void passesResponseUntilCloseOn() throws Exception {
        backend((_, out, socket) -> {
            out.write("HTTP/1.1 200 OK\r\n\r\nall of it".getBytes(StandardCharsets.ISO_8859_1));
            socket.close();
        });
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.exchange("GET / HTTP/1.1\nHost: a\n\n");
            assertEquals("all of it", response.text());
            assertTrue(response.field("transfer-encoding") != null || "close".equals(response.field("connection")),
                    "the client can tell where it ends");
        }
    }

    @Test
    default void streamsTenMegabytesDown() throws Exception {
        byte[] body = random(TEN_MEGABYTES);
        backend((_, out, _) -> {
            out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.write(body);
        });
        assertArrayEquals(body, gateway().get("/").body());
    }

    @Test
    default void streamsTenMegabytesUp() throws Exception {
        byte[] body = random(TEN_MEGABYTES);
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        backend((request, out, _) -> {
            request.body().transferTo(received);
            Backend.text(out, "done");
        });
        try (RawClient client = gateway().client()) {
            client.send("PUT / HTTP/1.1\nHost: a\nContent-Length: " + body.length + "\n\n").send(body);
            assertEquals("done", client.read().text());
        }
        assertArrayEquals(body, received.toByteArray());
    }

    /// An instance that echoes while it reads fills all socket buffers when only one direction moves at a time.
    @Test
    default void streamsTenMegabytesUpAndDownAtOnce() throws Exception {
        byte[] body = random(TEN_MEGABYTES);
        backend((request, out, _) -> {
            out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            request.body().transferTo(out);
        });
        try (RawClient client = gateway().client()) {
            client.send("PUT / HTTP/1.1\nHost: a\nContent-Length: " + body.length + "\n\n");
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send(body);
                } catch (IOException _) {
                    // the reader below will not get its bytes, and says so
                }
            });
            assertArrayEquals(body, client.read().body());
            sender.join();
        }
    }

    @Test
    default void doesNotHoldBackWhatHasCome() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        backend((_, out, _) -> {
            out.write(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata:1\r\n".getBytes(StandardCharsets.ISO_8859_1));
            await(seen);
            out.write("6\r\ndata:2\r\n0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        });
        try (RawClient client = gateway().client()) {
            client.send("GET / HTTP/1.1\nHost: a\n\n");
            for (int b = client.readByte(); b != '1'; b = client.readByte()) {
                assertTrue(b >= 0, "closed before the first event");
            }
            seen.countDown();
            for (int b = client.readByte(); b != '2'; b = client.readByte()) {
                assertTrue(b >= 0, "closed before the second event");
            }
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    default void answersHeadWithoutBody() throws Exception {
        Backend backend = backend((_, out, _) -> out.write("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"
                .getBytes(StandardCharsets.ISO_8859_1)));
        gateway().route("fixed", exact("/fixed"), respond(200, "hello")).publish();
        try (RawClient client = gateway().client()) {
            RawClient.Response forwarded = client.send("HEAD / HTTP/1.1\nHost: a\n\n").read("HEAD");
            assertEquals("1234", forwarded.field("content-length"));
            RawClient.Response fixed = client.send("HEAD /fixed HTTP/1.1\nHost: a\n\n").read("HEAD");
            assertEquals("5", fixed.field("content-length"));
        }
        assertEquals("HEAD", backend.requests().getFirst().method());
    }

    @Test
    default void passesNoContentAndNotModifiedOn() throws Exception {
        Backend backend = backend().says("HTTP/1.1 204 No Content\nX-A: 1\n\n");
        try (RawClient client = gateway().client()) {
            RawClient.Response none = client.exchange("GET / HTTP/1.1\nHost: a\n\n");
            assertEquals(204, none.status());
            assertNull(none.field("content-length"));
            assertNull(none.field("transfer-encoding"));
            backend.says("HTTP/1.1 304 Not Modified\nContent-Length: 77\nETag: \"v\"\n\n");
            RawClient.Response unchanged = client.exchange("GET / HTTP/1.1\nHost: a\n\n");
            assertEquals(304, unchanged.status());
            assertEquals("\"v\"", unchanged.field("etag"));
            backend.says("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
            assertEquals("ok", client.exchange("GET / HTTP/1.1\nHost: a\n\n").text(), "the connection is in step");
        }
        assertEquals(1, backend.connections());
    }

    @Test
    default void tellsWaitingClientToSendItsBody() throws Exception {
        Backend backend = backend((request, out, _) -> echo(request, out));
        try (RawClient client = gateway().client()) {
            client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 5\nExpect: 100-continue\n\n");
            assertEquals(100, client.read().status());
            assertEquals("hello", client.exchange("hello").text());
        }
        assertNull(backend.request().field("expect"));
    }

    @Test
    default void doesNotAskForBodyItRefuses() throws Exception {
        gateway().publish();
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client
                    .exchange("POST /no HTTP/1.1\nHost: a\nContent-Length: 5\nExpect: 100-continue\n\n");
            assertEquals(404, response.status());
            assertEquals("close", response.field("connection"), "nobody can know whether the body still comes");
        }
    }

    @Test
    default void servesNextRequestAfterRefusedBody() throws Exception {
        gateway().route("hello", exact("/hello"), respond(200, "hi")).publish();
        try (RawClient client = gateway().client()) {
            client.send("POST /no HTTP/1.1\nHost: a\nContent-Length: 5\n\nhelloGET /hello HTTP/1.1\nHost: a\n\n");
            assertEquals(404, client.read().status());
            assertEquals("hi", client.read().text());
        }
    }

    @Test
    default void deliversRefusalToClientThatStillSends() throws Exception {
        gateway().publish();
        try (RawClient client = gateway().client()) {
            byte[] body = new byte[1024 * 1024];
            client.send("POST /no HTTP/1.1\nHost: a\nContent-Length: " + body.length + "\n\n").send(body);
            assertEquals(404, client.read().status());
        }
    }

    @Test
    default void refusesBodyLargerThanAllowed() throws Exception {
        GatewaySettings usual = GatewaySettings.forTests();
        GatewaySettings small = new GatewaySettings(usual.address(), 0, 0, 2, usual.maxHeaderSize(), usual.maxUriSize(),
                new DataSize(10), usual.maxConnections(), usual.idleTimeout(), usual.headTimeout(), usual.connectTimeout(),
                usual.upstreamIdleTimeout(), usual.upstreamIdleConnections(), usual.drainTimeout(), usual.slowRequest(),
                usual.explainClients());
        try (TestGateway gateway = gateway(small)) {
            Backend reading = gateway.backend("a").does((request, out, _) -> echo(request, out));
            gateway.pool("svc", reading).route("svc", prefix("/"), to("svc")).publish();
            assertEquals(200, gateway.send("POST / HTTP/1.1\nHost: a\nContent-Length: 10\n\n0123456789").status());
            assertEquals(413, gateway.send("POST / HTTP/1.1\nHost: a\nContent-Length: 11\n\n01234567890").status());
            assertEquals(413,
                    gateway.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nb\n01234567890\n0\n\n").status());
        }
    }
}
