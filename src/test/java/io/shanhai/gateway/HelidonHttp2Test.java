package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.exact;
import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// HTTP/2 in front of HTTP/1.1 instances: what differs from the contract of both engines.
@Timeout(30)
class HelidonHttp2Test {

    private TestGateway gateway;
    private Backend backend;

    @BeforeEach
    void startGateway() throws Exception {
        gateway = new TestGateway(GatewaySettings.forTests(), new HelidonContractTest()::start);
        backend = gateway.backend("a");
        gateway.pool("svc", backend).route("svc", prefix("/"), to("svc")).route("fixed", exact("/fixed"),
                respond(200, "hello", "x-own", "1")).publish();
    }

    @AfterEach
    void closeGateway() throws Exception {
        gateway.close();
    }

    private Http2Client client() throws Exception {
        return new Http2Client(gateway.port());
    }

    @Test
    void answersAndForwardsOnOneConnection() throws Exception {
        try (Http2Client client = client()) {
            Http2Client.Response fixed = client.get("/fixed");
            assertEquals(200, fixed.status());
            assertEquals("hello", fixed.text());
            assertEquals("5", fixed.field("content-length"));
            assertEquals("1", fixed.field("x-own"));
            assertEquals("a", client.get("/x").text());
        }
        gateway.awaitCount("fixed", 200, 1);
        gateway.awaitCount("svc", 200, 1);
    }

    @Test
    void forwardsTheNormalPathAndQueryAndAuthorityAsReceived() throws Exception {
        try (Http2Client client = client()) {
            client.get("/a//b/%2e%2E/%41;v=1?x=1&&y=%2F");
        }
        assertEquals("/a//A;v=1?x=1&&y=%2F", backend.request().target());
        assertEquals(List.of("test"), backend.request().fields("host"));
        assertEquals(List.of("127.0.0.1"), backend.request().fields("x-forwarded-for"));
    }

    @Test
    void joinsSplitCookies() throws Exception {
        try (Http2Client client = client()) {
            client.send(null, List.of(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "test",
                    "cookie", "a=1", "cookie", "b=2"));
        }
        assertEquals(List.of("a=1; b=2"), backend.request().fields("cookie"));
    }

    @Test
    void refusesWithProblem() throws Exception {
        gateway.pool("svc", List.of(), List.of()).publish();
        try (Http2Client client = client()) {
            Http2Client.Response response = client.get("/x");
            assertEquals(503, response.status());
            assertEquals("upstream:no-instance", response.field("x-shanhai-reason"));
            assertEquals("application/problem+json", response.field("content-type"));
            assertTrue(response.text().contains("\"status\":503"), response.text());
        }
    }

    @Test
    void forwardsBodyBothWays() throws Exception {
        backend.does((request, out, _) -> {
            byte[] body = request.body().readAllBytes();
            out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body);
        });
        byte[] body = new byte[10_000];
        new Random(7).nextBytes(body);
        try (Http2Client client = client()) {
            for (int i = 0; i < 3; i++) {
                Http2Client.Response response = client.send(body,
                        List.of(":method", "POST", ":scheme", "http", ":path", "/", ":authority", "test"));
                assertArrayEquals(body, response.body());
            }
        }
    }

    @Test
    void streamsTenMegabytesDown() throws Exception {
        byte[] body = new byte[10 * 1024 * 1024];
        new Random(7).nextBytes(body);
        backend.does((_, out, _) -> {
            out.write("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            out.write((Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.write("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        try (Http2Client client = client()) {
            Http2Client.Response response = client.get("/");
            assertArrayEquals(body, response.body());
            assertNull(response.field("transfer-encoding"));
            assertNull(response.field("connection"));
        }
    }

    @Test
    void claimsNoLengthItDoesNotKnow() throws Exception {
        List<String> head = List.of(":method", "HEAD", ":scheme", "http", ":path", "/fixed", ":authority", "test");
        try (Http2Client client = client()) {
            assertEquals("5", client.send(null, head).field("content-length"));
            backend.says("HTTP/1.1 204 No Content\n\n");
            assertNull(client.get("/").field("content-length"));
            backend.says("HTTP/1.1 304 Not Modified\nETag: \"v\"\n\n");
            Http2Client.Response unchanged = client.get("/");
            assertEquals(304, unchanged.status());
            assertNull(unchanged.field("content-length"));
        }
    }

    @Test
    void resetsTheStreamWhenTheInstanceBreaksOff() throws Exception {
        backend.does((_, out, socket) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".getBytes(StandardCharsets.US_ASCII));
            socket.close();
        });
        try (Http2Client client = client()) {
            assertNotEquals(-1, client.get("/").reset());
            backend.says("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
            assertEquals("ok", client.get("/").text(), "the connection lives on");
        }
    }

    @Test
    void drainsWithIdleConnectionOpen() throws Exception {
        try (Http2Client client = client()) {
            assertEquals("a", client.get("/").text());
            long start = System.nanoTime();
            assertTrue(gateway.engine().drain(Duration.ofSeconds(20)));
            assertTrue(System.nanoTime() - start < 5_000_000_000L, "an idle client does not hold up the shutdown");
        }
    }
}
