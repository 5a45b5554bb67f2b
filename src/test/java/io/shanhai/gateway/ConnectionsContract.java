package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.exact;
import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// How client connections begin, last and end.
interface ConnectionsContract extends ContractGround {

    String GET = "GET /hello HTTP/1.1\nHost: a\n\n";

    private void hello() {
        gateway().route("hello", exact("/hello"), respond(200, "hi")).publish();
    }

    private static GatewaySettings with(int maxConnections, Duration idle, Duration head) {
        GatewaySettings usual = GatewaySettings.forTests();
        return new GatewaySettings(usual.address(), 0, 0, 2, usual.maxHeaderSize(), usual.maxUriSize(), usual.maxBodySize(),
                maxConnections, idle, head, usual.connectTimeout(), usual.upstreamIdleTimeout(),
                usual.upstreamIdleConnections(), usual.drainTimeout(), usual.slowRequest(), usual.explainClients());
    }

    @Test
    default void servesManyRequestsOnOneConnection() throws Exception {
        hello();
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < 50; i++) {
                RawClient.Response response = client.exchange(GET);
                assertEquals("hi", response.text());
                assertNull(response.field("connection"));
            }
        }
        gateway().awaitCount("hello", 200, 50);
    }

    @Test
    default void answersPipelinedRequestsInOrder() throws Exception {
        gateway().pool("svc", gateway().backend("proxied")).route("svc", exact("/proxied"), to("svc"));
        hello();
        try (RawClient client = gateway().client()) {
            String both = GET + "GET /proxied HTTP/1.1\nHost: a\n\n";
            client.send(both + both + both);
            for (int i = 0; i < 3; i++) {
                assertEquals("hi", client.read().text());
                assertEquals("proxied", client.read().text());
            }
        }
    }

    @Test
    default void takesRequestByteByByte() throws Exception {
        hello();
        try (RawClient client = gateway().client()) {
            for (byte b : GET.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII)) {
                client.send(new byte[]{b});
            }
            assertEquals("hi", client.read().text());
        }
    }

    @Test
    default void closesWhenTheClientWantsIt() throws Exception {
        hello();
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.exchange("GET /hello HTTP/1.1\nHost: a\nConnection: close\n\n");
            assertEquals("close", response.field("connection"));
            assertTrue(client.isClosed());
        }
    }

    @Test
    default void closesAfterHttp10() throws Exception {
        hello();
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.exchange("GET /hello HTTP/1.0\n\n");
            assertEquals("hi", response.text());
            assertTrue(client.isClosed());
        }
    }

    @Test
    default void keepsHttp10ConnectionOnRequest() throws Exception {
        hello();
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < 2; i++) {
                RawClient.Response response = client.exchange("GET /hello HTTP/1.0\nConnection: keep-alive\n\n");
                assertEquals("hi", response.text());
                assertEquals("keep-alive", response.field("connection"));
            }
        }
    }

    @Test
    default void sendsNoChunksToHttp10() throws Exception {
        Backend backend = gateway().backend("a").says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.exchange("GET / HTTP/1.0\nConnection: keep-alive\n\n");
            assertNull(response.field("transfer-encoding"));
            assertEquals("abc", response.text(), "the connection's end is the body's end");
        }
        assertTrue(backend.request().head().getFirst().endsWith("HTTP/1.1"));
    }

    @Test
    default void closesIdleConnection() throws Exception {
        try (TestGateway gateway = gateway(with(100, Duration.ofMillis(200), Duration.ofSeconds(5)))) {
            gateway.route("hello", exact("/hello"), respond(200, "hi")).publish();
            try (RawClient client = gateway.client()) {
                assertEquals("hi", client.exchange(GET).text());
                assertTrue(client.isClosed());
            }
        }
    }

    @Test
    default void answersTimeoutToHeadThatDoesNotEnd() throws Exception {
        try (TestGateway gateway = gateway(with(100, Duration.ofSeconds(5), Duration.ofMillis(200)))) {
            try (RawClient client = gateway.client()) {
                RawClient.Response response = client.exchange("GET /hello HTTP/1.1\nHost:");
                Problems.assertProblem(response, 408, "http1:head-timeout");
                assertTrue(client.isClosed());
            }
        }
    }

    @Test
    default void closesConnectionsBeyondTheLimit() throws Exception {
        try (TestGateway gateway = gateway(with(2, Duration.ofSeconds(5), Duration.ofSeconds(5)))) {
            gateway.route("hello", exact("/hello"), respond(200, "hi")).publish();
            try (RawClient first = gateway.client(); RawClient second = gateway.client()) {
                assertEquals("hi", first.exchange(GET).text());
                assertEquals("hi", second.exchange(GET).text());
                try (RawClient third = gateway.client()) {
                    assertTrue(third.isClosed());
                }
                assertEquals("hi", first.exchange(GET).text());
            }
            await().untilAsserted(() -> assertEquals("hi", gateway.send(GET).text(), "there is room again"));
        }
    }

    @Test
    default void finishesRequestsWhenDraining() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Backend backend = gateway().backend("a").does((_, out, _) -> {
            begun.countDown();
            try {
                release.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            Backend.text(out, "finished");
        });
        gateway().pool("svc", backend).route("svc", exact("/slow"), to("svc"));
        hello();
        try (RawClient busy = gateway().client(); RawClient idle = gateway().client()) {
            assertEquals("hi", idle.exchange(GET).text());
            busy.send("GET /slow HTTP/1.1\nHost: a\n\n");
            begun.await();
            CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> drain(Duration.ofSeconds(10)));
            assertTrue(idle.isClosed(), "an idle connection ends at once");
            int port = gateway().port();
            await().untilAsserted(() -> assertThrows(IOException.class, () -> new RawClient(port).close()));
            release.countDown();
            RawClient.Response response = busy.read();
            assertEquals("finished", response.text());
            assertEquals("close", response.field("connection"));
            assertTrue(busy.isClosed());
            assertTrue(drained.get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    default void cutsOffWhatOutlastsTheDrain() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Backend backend = gateway().backend("a").does((_, _, _) -> {
            begun.countDown();
            try {
                never.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        try (RawClient busy = gateway().client()) {
            busy.send("GET /slow HTTP/1.1\nHost: a\n\n");
            begun.await();
            long start = System.nanoTime();
            assertFalse(drain(Duration.ofMillis(300)));
            gateway().engine().close();
            assertTrue(System.nanoTime() - start < 4_000_000_000L, "the limit holds");
            assertTrue(busy.isClosed());
        } finally {
            never.countDown();
        }
    }

    private boolean drain(Duration limit) {
        try {
            return gateway().engine().drain(limit);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    default void servesJavaClient() throws Exception {
        Backend backend = gateway().backend("a").does((request, out, _) -> Backend.text(out,
                new String(request.body().readAllBytes(), StandardCharsets.UTF_8)));
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        try (HttpClient client = HttpClient.newHttpClient()) { // offers h2c in its first request
            URI uri = URI.create("http://127.0.0.1:" + gateway().port() + "/echo");
            for (int i = 0; i < 10; i++) {
                HttpResponse<String> response = client.send(HttpRequest.newBuilder(uri)
                        .POST(BodyPublishers.ofString("message " + i)).build(), BodyHandlers.ofString());
                assertEquals("message " + i, response.body());
            }
        }
    }
}
