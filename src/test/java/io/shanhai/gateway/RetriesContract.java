package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.Balance.Ejection;
import io.shanhai.gateway.Balance.Key;
import io.shanhai.gateway.Balance.Policy;
import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.RetryOn;
import io.shanhai.gateway.upstream.Outcomes.Result;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// When a request is sent once more, and when it must not be.
interface RetriesContract extends ContractGround {

    Balance NO_EJECTION = new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, 0, Ejection.OFF, 0, 0);

    private void retrying(Retries retries, Backend... backends) {
        gateway().pool("svc", backends).route("svc", prefix("/"), "svc", Duration.ofSeconds(5), retries, NO_EJECTION, null)
                .publish();
    }

    private static Retries on(int attempts, int bodyBytes, RetryOn... on) {
        Set<RetryOn> set = EnumSet.noneOf(RetryOn.class);
        set.addAll(List.of(on));
        return new Retries(attempts, List.of(), set, 0, bodyBytes, 20, 3);
    }

    private Backend says(String name, int status) throws Exception {
        return gateway().backend(name).says("HTTP/1.1 " + status + " X\nContent-Length: 0\n\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503})
    default void retriesAnyServerErrorWhenTheRouteSays5xx(int status) throws Exception {
        retrying(on(2, 0, RetryOn.SERVER_ERROR), says("ill", status), gateway().backend("well"));
        for (int i = 0; i < 4; i++) {
            assertEquals("well", gateway().get("/").text());
        }
    }

    @Test
    default void retriesOnlyGatewayErrorsWhenTheRouteSaysSo() throws Exception {
        retrying(on(2, 0, RetryOn.GATEWAY_ERROR), says("broken", 500));
        assertEquals(500, gateway().get("/").status());
        gateway().clearRoutes();
        retrying(on(2, 0, RetryOn.GATEWAY_ERROR), says("ill", 502), gateway().backend("well"));
        assertEquals("well", gateway().get("/").text());
        assertEquals("well", gateway().get("/").text());
    }

    @Test
    default void neverAsksAnInstanceTwiceWhileThereIsAnother() throws Exception {
        Backend[] backends = {says("a", 503), says("b", 503), gateway().backend("well")};
        retrying(on(3, 0, RetryOn.SERVER_ERROR), backends);
        for (int i = 0; i < 9; i++) {
            assertEquals("well", gateway().get("/").text());
        }
    }

    /// An interim response is not the answer, whether it was passed on or not; nor does an attempt thrown away leave anything
    /// of its framing to the one that counts.
    @Test
    default void retriesAStatusBehindAnInterimResponse() throws Exception {
        Backend ill = gateway().backend("ill")
                .says("HTTP/1.1 103 Early Hints\nLink: </a.css>\n\nHTTP/1.1 503 X\nTransfer-Encoding: chunked\n\n3\nill\n0\n\n");
        Backend ends = gateway().backend("ends").does((_, out, socket) -> {
            out.write("HTTP/1.1 200 OK\r\n\r\nwell".getBytes(StandardCharsets.US_ASCII));
            socket.close();
        });
        retrying(on(2, 0, RetryOn.SERVER_ERROR), ill, ends);
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < 4; i++) {
                RawClient.Response response = client.exchange("GET / HTTP/1.1\nHost: a\n\n");
                while (response.status() == 103) {
                    response = client.read();
                }
                assertEquals("well", response.text());
            }
        }
        assertTrue(!ill.requests().isEmpty());
    }

    @Test
    default void passesTheLastAnswerOnWhenNoAttemptIsLeft() throws Exception {
        Backend a = says("a", 503);
        Backend b = says("b", 503);
        retrying(on(2, 0, RetryOn.SERVER_ERROR), a, b);
        assertEquals(503, gateway().get("/").status());
        assertEquals(1, a.requests().size());
        assertEquals(1, b.requests().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PATCH"})
    default void neverRepeatsWhatMayHaveBeenProcessed(String method) throws Exception {
        Backend a = says("a", 503);
        Backend b = says("b", 503);
        retrying(on(3, 64 * 1024, RetryOn.values()), a, b);
        assertEquals(503, gateway().send(method + " / HTTP/1.1\nHost: a\nContent-Length: 2\n\nhi").status());
        assertEquals(1, a.requests().size() + b.requests().size());
    }

    @Test
    default void aTryHasATimeOfItsOwn() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Backend slow = gateway().backend("slow").does((_, _, _) -> BalancingContract.awaitQuietly(never));
        retrying(new Retries(2, List.of(), EnumSet.of(RetryOn.TIMEOUT), Duration.ofMillis(150).toNanos(), 0, 20, 3), slow,
                gateway().backend("well"));
        assertEquals("well", gateway().get("/").text());
        assertEquals("well", gateway().get("/").text());
        never.countDown();
        assertTrue(gateway().outcomes().stream().anyMatch(o -> o.result() == Result.TIMED_OUT), gateway().outcomes()::toString);
    }

    /// The time of a try ends with the response's head: a long body is not cut by it.
    @Test
    default void theTimeOfATryEndsWithTheHead() throws Exception {
        Backend backend = gateway().backend("a").does((_, out, _) -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            CountDownLatch pause = new CountDownLatch(1);
            try {
                assertTrue(!pause.await(400, java.util.concurrent.TimeUnit.MILLISECONDS)); // longer than the try may take
            } catch (InterruptedException e) {
                throw new java.io.IOException(e);
            }
            out.write("cd".getBytes(StandardCharsets.US_ASCII));
        });
        retrying(new Retries(2, List.of(), EnumSet.of(RetryOn.TIMEOUT), Duration.ofMillis(150).toNanos(), 0, 20, 3), backend);
        assertEquals("abcd", gateway().get("/").text());
    }

    @Test
    default void tellsWhatEndedWhenEveryTryWasTooLong() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Backend slow = gateway().backend("slow").does((_, _, _) -> BalancingContract.awaitQuietly(never));
        retrying(new Retries(2, List.of(), EnumSet.of(RetryOn.TIMEOUT), Duration.ofMillis(100).toNanos(), 0, 20, 3), slow);
        RawClient.Response response = gateway().get("/x");
        never.countDown();
        String detail = Problems.assertProblem(response, 504, "/x", "upstream:timeout").path("detail").textValue();
        assertTrue(detail.contains("100 ms (retry.perTry)") && detail.contains("2 attempts"), detail);
    }

    @Test
    default void theBudgetRefusesAFurtherAttempt() throws Exception {
        Backend ill = says("ill", 503);
        retrying(new Retries(3, List.of(503), Set.of(), 0, 0, 0, 0), ill, gateway().backend("well"));
        Set<Integer> statuses = Set.of(gateway().get("/").status(), gateway().get("/").status());
        assertEquals(Set.of(200, 503), statuses);
        assertEquals(1, ill.requests().size());
        assertTrue(gateway().scrape().contains("shanhai_upstream_retries_refused_total{pool=\"svc\"} 1"));
    }

    /// One request is at its second attempt and takes the whole budget: another one gets none meanwhile, and afterwards
    /// it does.
    @Test
    default void theBudgetIsSharedByAllRequestsOfAPool() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Backend ill = says("ill", 503);
        Backend well = gateway().backend("well").does((request, out, _) -> {
            if (request.target().equals("/slow")) {
                second.countDown();
                BalancingContract.awaitQuietly(go);
            }
            Backend.text(out, "well");
        });
        Retries one = new Retries(2, List.of(503), Set.of(), 0, 0, 0, 1);
        gateway().pool("svc", ill, well).route("svc", prefix("/"), "svc", Duration.ofSeconds(10), one, NO_EJECTION, null)
                .publish();
        try (RawClient slow = gateway().client()) {
            slow.send("GET /slow HTTP/1.1\nHost: a\n\n");
            second.await();
            assertEquals(1, ill.requests().size(), "the first attempt went to the first instance");
            assertEquals(503, gateway().get("/").status());
            go.countDown();
            assertEquals(200, slow.read().status());
        }
        await().until(() -> gateway().livePool("svc").state().retrying() == 0);
        gateway().get("/"); // the turn of the well one
        assertEquals(200, gateway().get("/").status());
    }

    @ParameterizedTest
    @EnumSource(Framed.class)
    default void aKeptBodyIsSentAgainWhole(Framed framed) throws Exception {
        Queue<String> bodies = new ConcurrentLinkedQueue<>();
        Backend.Behaviour reads = (request, _, socket) -> {
            bodies.add(new String(request.body().readAllBytes(), StandardCharsets.US_ASCII));
            socket.close();
        };
        Backend well = gateway().backend("well").does((request, out, _) -> {
            bodies.add(new String(request.body().readAllBytes(), StandardCharsets.US_ASCII));
            Backend.text(out, "well");
        });
        retrying(on(2, 1024, RetryOn.RESET), gateway().backend("first").does(reads), well);
        assertEquals("well", gateway().send("PUT / HTTP/1.1\nHost: a\n" + framed.text).text());
        assertEquals(List.of("hello world", "hello world"), List.copyOf(bodies));
    }

    /// Ways to send `hello world`.
    enum Framed {
        LENGTH("Content-Length: 11\n\nhello world"), CHUNKS(
                "Transfer-Encoding: chunked\n\n6\nhello \n5\nworld\n0\n\n"),
        EXPECTED("Expect: 100-continue\nContent-Length: 11\n\nhello world");

        final String text;

        Framed(String text) {
            this.text = text;
        }
    }

    @Test
    default void aBodyLongerThanItsBufferIsNotSentAgain() throws Exception {
        Backend.Behaviour reads = (request, _, socket) -> {
            request.body().readAllBytes();
            socket.close();
        };
        Backend a = gateway().backend("a").does(reads);
        Backend b = gateway().backend("b").does(reads);
        retrying(on(2, 10, RetryOn.RESET), a, b);
        RawClient.Response response = gateway().send("PUT /x HTTP/1.1\nHost: a\nContent-Length: 11\n\nhello world");
        Problems.assertProblem(response, 502, "/x", "upstream:reset");
        assertEquals(1, a.requests().size() + b.requests().size());
    }

    @Test
    default void tellsTheInstanceHowLongTheGatewayWaits() throws Exception {
        Backend backend = gateway().backend("a");
        retrying(Retries.NONE, backend);
        gateway().send("GET / HTTP/1.1\nHost: a\nX-Shanhai-Timeout-Ms: 1\nX-Shanhai-Mirror: 1\n\n");
        assertEquals(List.of("5000"), backend.request().fields("x-shanhai-timeout-ms"));
        assertEquals(List.of(), backend.request().fields("x-shanhai-mirror"), "only the gateway says so");
    }
}
