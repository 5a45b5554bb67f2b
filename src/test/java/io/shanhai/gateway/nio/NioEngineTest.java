package io.shanhai.gateway.nio;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Filter;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.Verdict;
import io.shanhai.gateway.Verdict.Continue;
import io.shanhai.gateway.nio.Raw.Response;
import io.shanhai.settings.DataSize;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Direct answers, connections and their ends. What is proxied is in [RelayTest].
@Timeout(60)
class NioEngineTest {

    private final TestGateway gateway = new TestGateway();

    @AfterEach
    void close() {
        gateway.close();
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }

    @Test
    void answersPipelinedRequestsInOrderOnOneConnection() throws IOException {
        gateway.respond("/a", 200, "first").respond("/b", 201, "second").start();
        try (Raw client = gateway.connect()) {
            client.send(get("/a") + get("/b") + get("/a") + "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/nowhere"));
            assertEquals("first", client.response().body());
            Response second = client.response();
            assertEquals(List.of(201, "second"), List.of(second.status(), second.body()));
            assertEquals("first", client.response().body());
            Response head = client.response(true);
            assertTrue(head.has("content-length: 5"), head.head());
            Response none = client.response();
            assertEquals(404, none.status());
            assertTrue(none.has("x-shanhai-reason: route:no-match"), none.head());
            client.send(get("/b"));
            assertEquals("second", client.response().body());
        }
        await().until(() -> gateway.left.size() == 5); // the 404 had no route and so no filter
    }

    @Test
    void answersAThousandPipelinedRequests() throws Exception {
        gateway.respond("/a", 200, "x".repeat(1000)).start();
        try (Raw client = gateway.connect()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    client.send(get("/a").repeat(1000)); // more than all buffers hold: the server must stop reading
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < 1000; i++) {
                assertEquals(1000, client.response().body().length());
            }
            sender.join();
        }
    }

    @Test
    void answersABodyLargerThanEveryBuffer() throws IOException {
        String body = "0123456789".repeat(500_000);
        gateway.respond("/large", 200, body).respond("/a", 200, "after").start();
        try (Raw client = gateway.connect()) {
            client.send(get("/large") + get("/large") + get("/a"));
            assertEquals(body, client.response().body());
            assertEquals(body, client.response().body());
            assertEquals("after", client.response().body());
        }
    }

    @Test
    void headArrivingByteByByteIsServed() throws IOException {
        gateway.respond("/a", 200, "slow").start();
        try (Raw client = gateway.connect()) {
            for (byte b : Raw.bytes(get("/a"))) {
                client.send(new byte[]{b});
            }
            assertEquals("slow", client.response().body());
        }
    }

    @Test
    void http10ClosesUnlessAskedToKeep() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertTrue(client.response().has("connection: keep-alive"));
            client.send("GET /a HTTP/1.0\r\n\r\n");
            assertTrue(client.response().has("connection: close"));
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void connectionCloseIsHonoured() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            assertTrue(client.response().has("connection: close"));
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void aClientThatHalfClosesStillGetsItsAnswers() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send(get("/a") + get("/a"));
            client.socket().shutdownOutput();
            assertEquals("x", client.response().body());
            assertEquals("x", client.response().body());
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void malformedRequestIsAnsweredAndTheConnectionClosed() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send(get("/a") + "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + get("/a"));
            assertEquals(200, client.response().status());
            Response refused = client.response();
            assertEquals(400, refused.status());
            assertTrue(refused.has("x-shanhai-reason: http1:duplicate-host"), refused.head());
            assertTrue(refused.has("content-type: application/problem+json"), refused.head());
            assertTrue(refused.has("connection: close"), refused.head());
            assertTrue(client.isClosedByServer(), "what followed is not served");
        }
    }

    @Test
    void oversizedHeadsAndTargetsAndForeignProtocolsGetTheirStatus() throws IOException {
        gateway.respond("/a", 200, "x").start();
        assertRefused(431, "http1:head-too-large", "GET /a HTTP/1.1\r\nHost: a\r\nX: " + "y".repeat(20_000));
        assertRefused(414, "http1:target-too-long", "GET /" + "y".repeat(10_000));
        assertRefused(501, "http1:connect", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
        assertRefused(501, "http1:upgrade", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        assertRefused(505, "http1:version", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    }

    @Test
    void anOfferOfH2cIsIgnored() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" + get("/a"));
            assertEquals("x", client.response().body());
            assertEquals("x", client.response().body());
        }
    }

    private void assertRefused(int status, String reason, String raw) throws IOException {
        try (Raw client = gateway.connect()) {
            Response refused = client.send(raw).response();
            assertEquals(status, refused.status());
            assertTrue(refused.has("x-shanhai-reason: " + reason), refused.head());
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void slowHeadIsAnswered408AndASilentConnectionClosedInSilence() throws IOException {
        gateway.settings(settings(Duration.ofSeconds(30), Duration.ofMillis(300), 10, 0)).respond("/a", 200, "x").start();
        try (Raw slow = gateway.connect(); Raw silent = gateway.connect()) {
            slow.send("GET /a HTTP/1.1\r\nHo");
            Response timeout = slow.response();
            assertEquals(408, timeout.status());
            assertTrue(timeout.has("x-shanhai-reason: http1:head-timeout"), timeout.head());
            assertTrue(slow.isClosedByServer());
            assertTrue(silent.isClosedByServer());
        }
    }

    @Test
    void aHeadThatDripsGainsNoTime() throws IOException {
        gateway.settings(settings(Duration.ofSeconds(30), Duration.ofMillis(500), 10, 0)).respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\nX: ");
            long start = System.nanoTime();
            await().pollInterval(Duration.ofMillis(50)).until(() -> {
                client.send("y");
                return client.socket().getInputStream().available() > 0;
            });
            assertEquals(408, client.response().status());
            assertTrue(System.nanoTime() - start >= 400_000_000);
        }
    }

    @Test
    void aKeptConnectionIsClosedAfterTheIdleTimeout() throws IOException {
        gateway.settings(settings(Duration.ofMillis(300), Duration.ofSeconds(10), 10, 0)).respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send(get("/a")).response();
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void unreadRequestBodyIsDiscardedAndTheConnectionKept() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /" + get("/a"));
            assertEquals(200, client.response().status());
            assertEquals(200, client.response().status());
            client.send("POST /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            assertEquals(404, client.response().status());
            client.send("3\r\nabc\r\n0\r\n\r\n" + get("/a"));
            assertEquals("x", client.response().body());
        }
    }

    @Test
    void aLargeUnreadBodyClosesTheConnectionAfterTheAnswer() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n" + "y".repeat(1000));
            Response answer = client.response();
            assertEquals("x", answer.body());
            assertTrue(answer.has("connection: close"), answer.head());
            assertTrue(client.isClosedByServer());
        }
    }

    @Test
    void anAnswerWithoutContinueClosesBecauseTheBodyMayOrMayNotCome() throws IOException {
        gateway.respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertTrue(client.response().has("connection: close"));
        }
    }

    @Test
    void declaredBodyAboveTheLimitIsRefused() throws IOException {
        gateway.settings(settings(Duration.ofSeconds(60), Duration.ofSeconds(10), 10, 100)).respond("/a", 200, "x").start();
        assertRefused(413, "http1:body-too-large", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n");
    }

    @Test
    void suspendedRequestResumesAndThePipelineBehindItWaits() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        gateway.respond("/wait", 200, "waited", suspending(() -> {
            release.await();
            return Continue.CONTINUE;
        })).respond("/fail", 200, "never", suspending(() -> {
            throw new IOException("no such thing");
        })).respond("/a", 200, "direct").start();
        try (Raw client = gateway.connect(); Raw other = gateway.connect()) {
            client.send(get("/a") + get("/wait") + get("/a") + get("/fail") + get("/a"));
            assertEquals("direct", client.response().body(), "what was answered before leaves before");
            assertEquals("direct", other.send(get("/a")).response().body(), "the loop does not wait");
            release.countDown();
            assertEquals("waited", client.response().body());
            assertEquals("direct", client.response().body());
            Response failed = client.response();
            assertEquals(500, failed.status());
            assertTrue(failed.has("x-shanhai-reason: filter:slow"), failed.head());
            assertEquals("direct", client.response().body());
        }
    }

    private static Filter suspending(java.util.concurrent.Callable<Verdict> task) {
        return new Filter() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public Verdict before(Exchange x) {
                return new Verdict.Suspend("slow", task);
            }

            @Override
            public boolean isInline() {
                return false;
            }
        };
    }

    @Test
    void aThrowingFilterIs500AndTheConnectionLivesOn() throws IOException {
        gateway.respond("/bad", 200, "never", new Filter() {
            @Override
            public String name() {
                return "bad";
            }

            @Override
            public Verdict before(Exchange x) {
                throw new IllegalStateException("a defect, on purpose");
            }
        }).respond("/a", 200, "x").start();
        try (Raw client = gateway.connect()) {
            client.send(get("/bad") + get("/a"));
            assertEquals(500, client.response().status());
            assertEquals("x", client.response().body());
        }
    }

    @Test
    void connectionsBeyondTheLimitAreClosed() throws IOException {
        gateway.settings(settings(Duration.ofSeconds(60), Duration.ofSeconds(10), 2, 0)).respond("/a", 200, "x").start();
        try (Raw one = gateway.connect(); Raw two = gateway.connect()) {
            assertEquals(200, one.send(get("/a")).response().status());
            assertEquals(200, two.send(get("/a")).response().status());
            try (Raw three = gateway.connect()) {
                assertTrue(three.isClosedByServer());
            }
            assertEquals(200, one.send(get("/a")).response().status());
        }
        await().untilAsserted(() -> {
            try (Raw again = gateway.connect()) {
                assertEquals(200, again.send(get("/a")).response().status());
            }
        });
    }

    @Test
    void drainFinishesWhatIsInFlightAndLetsNobodyIn() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        gateway.respond("/wait", 200, "finished", suspending(() -> {
            entered.countDown();
            release.await();
            return Continue.CONTINUE;
        })).respond("/a", 200, "x").start();
        try (Raw busy = gateway.connect(); Raw idle = gateway.connect()) {
            idle.send(get("/a")).response();
            busy.send(get("/wait"));
            entered.await();
            assertFalse(gateway.engine.drain(Duration.ofMillis(50)), "one request is in flight");
            assertTrue(idle.isClosedByServer());
            assertThrows(IOException.class, () -> gateway.connect().send(get("/a")).response());
            release.countDown();
            Response last = busy.response();
            assertEquals("finished", last.body());
            assertTrue(last.has("connection: close"), last.head());
            assertTrue(gateway.engine.drain(Duration.ofSeconds(10)));
        }
    }

    @Test
    void aPortInUseIsNamedAlthoughThePortCouldBeShared() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            BindException refused = assertThrows(BindException.class,
                    () -> gateway.settings(onPort(taken.getLocalPort())).start());
            assertTrue(refused.getMessage().contains(":" + taken.getLocalPort()), refused.getMessage());
        }
        gateway.settings(GatewaySettings.forTests()).start();
        try (TestGateway second = new TestGateway()) {
            assertThrows(BindException.class, () -> second.settings(onPort(gateway.engine.port())).start());
        }
    }

    private static GatewaySettings settings(Duration idle, Duration head, int maxConnections, long maxBody) {
        GatewaySettings d = GatewaySettings.forTests();
        return new GatewaySettings(d.address(), 0, 0, 1, d.maxHeaderSize(), d.maxUriSize(), new DataSize(maxBody),
                maxConnections, idle, head, d.connectTimeout(), d.upstreamIdleTimeout(), d.upstreamIdleConnections(),
                d.drainTimeout(), d.slowRequest(), d.explainClients());
    }

    private static GatewaySettings onPort(int port) {
        GatewaySettings d = GatewaySettings.forTests();
        return new GatewaySettings(d.address(), 0, port, 2, d.maxHeaderSize(), d.maxUriSize(), d.maxBodySize(),
                d.maxConnections(), d.idleTimeout(), d.headTimeout(), d.connectTimeout(), d.upstreamIdleTimeout(),
                d.upstreamIdleConnections(), d.drainTimeout(), d.slowRequest(), d.explainClients());
    }
}
