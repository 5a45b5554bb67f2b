package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.Pool.Exclusion;
import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.Rewrite;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// What the client sees when an instance fails, and what it does not see.
interface FailuresContract extends ContractGround {

    String GET = "GET / HTTP/1.1\nHost: a\n\n";

    private Backend backend() throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        return backend;
    }

    private void routeWithTimeout(Duration timeout, Backend... backends) {
        gateway().pool("svc", backends).route("svc", prefix("/"), to("svc"), Rewrite.NONE, timeout, Retries.NONE).publish();
    }

    @Test
    default void refusesWithoutInstance() throws Exception {
        gateway().pool("svc", List.of(), List.of(new Exclusion("10.0.0.1:80", "DOWN: lease expired")))
                .route("svc", prefix("/"), to("svc")).publish();
        RawClient.Response response = gateway().get("/x");
        String detail = Problems.assertProblem(response, 503, "/x", "upstream:no-instance").path("detail").textValue();
        assertTrue(detail.contains("10.0.0.1:80: DOWN: lease expired"), detail);
        gateway().awaitCount("svc", 503, 1);
    }

    @Test
    default void answersBadGatewayWhenNobodyListens() throws Exception {
        backend().close();
        Problems.assertProblem(gateway().get("/x"), 502, "/x", "upstream:connect-refused");
    }

    @Test
    default void answersBadGatewayWhenInstanceHangsUp() throws Exception {
        backend().does((_, _, socket) -> socket.close());
        Problems.assertProblem(gateway().get("/x"), 502, "/x", "upstream:reset");
    }

    @Test
    default void answersBadGatewayToNonsense() throws Exception {
        backend().does((_, out, socket) -> {
            out.write("SSH-2.0-OpenSSH_9.2\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.close();
        });
        Problems.assertProblem(gateway().get("/x"), 502, "/x", "upstream:bad-response");
    }

    @Test
    default void answersBadGatewayToAmbiguousFraming() throws Exception {
        backend().says("HTTP/1.1 200 OK\nContent-Length: 2\nTransfer-Encoding: chunked\n\n0\n\n");
        Problems.assertProblem(gateway().get("/x"), 502, "/x", "upstream:bad-response");
    }

    @Test
    default void answersGatewayTimeoutAfterTheRoutesTime() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Backend slow = gateway().backend("slow").does((_, _, _) -> awaitQuietly(never));
        routeWithTimeout(Duration.ofMillis(200), slow);
        long start = System.nanoTime();
        Problems.assertProblem(gateway().get("/x"), 504, "/x", "upstream:timeout");
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis >= 190 && millis < 3000, "after " + millis + " ms");
        never.countDown();
        gateway().awaitCount("svc", 504, 1);
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /// The client must not take half a response for a whole one.
    @Test
    default void cutsShortWhatTheInstanceCutShort() throws Exception {
        backend().does((_, out, socket) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".getBytes(StandardCharsets.US_ASCII));
            socket.close();
        });
        assertThrows(IOException.class, () -> gateway().get("/"));
        gateway().awaitCount("svc", 200, 1);
    }

    @Test
    default void cutsShortChunksTheInstanceCutShort() throws Exception {
        backend().does((_, out, socket) -> {
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.close();
        });
        assertThrows(IOException.class, () -> gateway().get("/"));
    }

    @Test
    default void hidesOneDeadInstance() throws Exception {
        Backend dead = gateway().backend("dead");
        gateway().pool("svc", gateway().backend("a"), dead).route("svc", prefix("/"), to("svc")).publish();
        dead.close();
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < 10; i++) {
                assertEquals("a", client.exchange(GET).text());
            }
        }
    }

    @Test
    default void hidesDeadInstanceFromPostThatWasNotSent() throws Exception {
        Backend dead = gateway().backend("dead");
        gateway().pool("svc", dead, gateway().backend("a")).route("svc", prefix("/"), to("svc")).publish();
        dead.close();
        for (int i = 0; i < 4; i++) {
            assertEquals("a", gateway().send("POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello").text());
        }
    }

    @Test
    default void hidesKeptConnectionThatWasClosed() throws Exception {
        Backend backend = backend();
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < 5; i++) {
                assertEquals("a", client.exchange(GET).text());
                backend.dropConnections();
            }
        }
        assertEquals(5, backend.requests().size(), "none was sent twice");
    }

    @Test
    default void doesNotRepeatPostThatWasSent() throws Exception {
        Backend first = gateway().backend("first").does((request, _, socket) -> {
            request.body().readAllBytes();
            socket.close();
        });
        Backend second = gateway().backend("second");
        gateway().pool("svc", first, second).route("svc", prefix("/"), to("svc")).publish();
        RawClient.Response response = gateway().send("POST /x HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello");
        Problems.assertProblem(response, 502, "/x", "upstream:reset");
        assertEquals(1, first.requests().size());
        assertEquals(0, second.requests().size());
    }

    @Test
    default void retriesStatusAsRouteSays() throws Exception {
        Backend ill = gateway().backend("ill").says("HTTP/1.1 503 No\nContent-Length: 3\n\nill");
        gateway().pool("svc", ill, gateway().backend("well")).route("svc", prefix("/"), to("svc"), Rewrite.NONE,
                Duration.ofSeconds(5), new Retries(2, List.of(503))).publish();
        for (int i = 0; i < 4; i++) {
            assertEquals("well", gateway().get("/").text());
        }
        assertEquals(503, gateway().send("POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\n").status(), "POST is not repeated");
    }

    @Test
    default void passesAnswerOnThatCameBeforeTheBody() throws Exception {
        backend().does((_, out, socket) -> {
            out.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"
                    .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
        try (RawClient client = gateway().client()) {
            client.send("POST / HTTP/1.1\nHost: a\nContent-Length: 1000000\n\nonly a part");
            RawClient.Response response = client.read();
            assertEquals(413, response.status());
            assertEquals("big", response.text());
        }
    }

    @Test
    default void countsClientThatWentAway() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        byte[] piece = new byte[64 * 1024];
        backend().does((_, out, _) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            awaitQuietly(gone);
            for (int i = 0; i < 1000; i++) {
                out.write(piece);
            }
        });
        try (RawClient client = gateway().client()) {
            client.send(GET);
            client.readByte();
        }
        gone.countDown();
        gateway().awaitCount("svc", 499, 1);
    }
}
