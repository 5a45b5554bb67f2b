package io.shanhai.gateway.nio;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Filter;
import io.shanhai.gateway.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a response whose framing the client's side of the relay does not share, and of one before it is one.
@Timeout(30)
class DeliveryTest {

    private final TestGateway gateway = new TestGateway();

    @AfterEach
    void close() {
        gateway.close();
    }

    private static Backend closing(String response) throws IOException {
        return new Backend((_, in, out) -> {
            Raw.readHead(in);
            out.write(Raw.bytes(response));
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 4095, 4096, 70_000, 3_000_000})
    void bodyThatEndsByCloseComesInChunksAndKeepsTheClient(int length) throws Exception {
        String body = "x".repeat(length);
        try (Backend backend = closing("HTTP/1.1 200 OK\r\n\r\n" + body)) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                for (int i = 0; i < 3; i++) {
                    client.send("GET /p HTTP/1.1\r\nHost: a\r\n\r\n");
                    Raw.Response response = client.response();
                    assertTrue(response.has("transfer-encoding: chunked"), response.head());
                    assertFalse(response.has("connection: close"), response.head());
                    assertEquals(body, response.body());
                }
            }
        }
    }

    @Test
    void bodyThatEndsByCloseEndsByCloseForHttp10() throws Exception {
        try (Backend backend = closing("HTTP/1.1 200 OK\r\n\r\nhello")) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                client.send("GET /p HTTP/1.0\r\n\r\n");
                Raw.Response response = client.response();
                assertFalse(response.has("transfer-encoding: chunked"), response.head());
                assertEquals("hello", response.body());
            }
        }
    }

    @Test
    void earlyHintsArePassedOnWithoutHopByHopFields() throws Exception {
        try (Backend backend = Backend.answering("HTTP/1.1 100 Continue\r\n\r\n"
                + "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: x-own\r\nX-Own: 1\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                client.send("GET /p HTTP/1.1\r\nHost: a\r\n\r\n");
                String interim = client.head();
                assertTrue(interim.startsWith("HTTP/1.1 103 "), interim);
                assertTrue(interim.contains("Link: </a.css>"), interim);
                assertFalse(interim.toLowerCase(java.util.Locale.ROOT).contains("x-own"), interim);
                assertEquals("ok", client.response().body());
            }
        }
    }

    @Test
    void http10GetsNoInterimResponse() throws Exception {
        try (Backend backend = Backend.answering(
                "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
            gateway.proxy("/p", backend.port()).start();
            try (Raw client = gateway.connect()) {
                assertEquals(200, client.send("GET /p HTTP/1.0\r\n\r\n").response().status());
            }
        }
    }

    /// The task is still at work when the connection is closed: its end is not waited for.
    @Test
    void clientThatLeavesWhileSuspendedIsNoticedAtOnce() throws Exception {
        CountDownLatch mayEnd = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        gateway.respond("/s", 200, "ok", new Filter() {
            @Override
            public String name() {
                return "asks";
            }

            @Override
            public Verdict before(Exchange x) {
                return new Verdict.Suspend("asks", () -> {
                    asked.countDown();
                    mayEnd.await();
                    return Verdict.Continue.CONTINUE;
                });
            }

            @Override
            public boolean isInline() {
                return false;
            }
        }).start();
        try (Raw client = gateway.connect()) {
            client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
            asked.await();
        }
        await().until(() -> gateway.metricsPage().contains("shanhai_gateway_connections{engine=\"nio\"} 0.0"));
        assertTrue(gateway.left.isEmpty());
        mayEnd.countDown();
        await().until(() -> !gateway.left.isEmpty());
        assertEquals(499, gateway.left.peek().status());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 255, 256, 4095, 16_384, 65_535, 65_536, Integer.MAX_VALUE})
    void chunkSizesAreHexadecimal(int size) {
        ByteBuffer out = ByteBuffer.allocate(16);
        HeadBytes.chunkSize(out, size);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(out.array(), 0, out.position());
        assertEquals(Integer.toHexString(size) + "\r\n", bytes.toString(StandardCharsets.US_ASCII));
    }
}
