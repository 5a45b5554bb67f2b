package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.exact;
import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.Verdict.Continue;
import io.shanhai.gateway.Verdict.Suspend;
import io.shanhai.gateway.filter.LimitFilter;
import io.shanhai.gateway.filter.LimitFilter.Bound;
import io.shanhai.limiter.TokenBucket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What a filter may want, and what becomes of it.
interface VerdictsContract extends ContractGround {

    private LimitFilter limit(long burst) {
        return new LimitFilter(List.of(new Bound("per-minute", new TokenBucket(1, Duration.ofMinutes(1), burst), false,
                gateway().metrics())));
    }

    private static Filter suspending(Callable<Verdict> task) {
        return new Filter() {
            @Override
            public String name() {
                return "asks";
            }

            @Override
            public Verdict before(Exchange exchange) {
                return new Suspend("asks", task);
            }

            @Override
            public boolean isInline() {
                return false;
            }
        };
    }

    @Test
    default void refusesBeyondTheLimit() throws Exception {
        gateway().route("limited", prefix("/"), respond(200, "ok"), limit(3)).publish();
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(200, client.exchange("GET /x HTTP/1.1\nHost: a\n\n").status());
            }
            RawClient.Response refused = client.exchange("GET /x HTTP/1.1\nHost: a\n\n");
            JsonNode json = Problems.assertProblem(refused, 429, "/x", "limit:per-minute");
            assertEquals("https://iana.org/assignments/http-problem-types#quota-exceeded", json.path("type").textValue());
            assertEquals("per-minute", json.path("violated-policies").path(0).textValue());
            assertTrue(refused.field("ratelimit-policy").startsWith("\"per-minute\";q="), refused.field("ratelimit-policy"));
            assertTrue(refused.field("ratelimit").startsWith("\"per-minute\";r=0;t="), refused.field("ratelimit"));
            assertTrue(Integer.parseInt(refused.field("retry-after")) >= 1);
            assertNotNull(refused.field("traceparent"));
        }
        gateway().awaitCount("limited", 200, 3);
        gateway().awaitCount("limited", 429, 1);
    }

    @Test
    default void goesOnAfterSuspend() throws Exception {
        gateway().pool("svc", gateway().backend("a")).route("svc", prefix("/"), to("svc"), suspending(() -> Continue.CONTINUE))
                .publish();
        try (RawClient client = gateway().client()) {
            assertEquals("a", client.exchange("GET / HTTP/1.1\nHost: a\n\n").text());
            assertEquals("a", client.exchange("GET / HTTP/1.1\nHost: a\n\n").text());
        }
        gateway().awaitCount("svc", 200, 2);
    }

    @Test
    default void answersWhatSuspendedTaskSays() throws Exception {
        Answer answer = new Answer(403, List.of("x-why", "asked"), "no".getBytes());
        gateway().route("r", prefix("/"), respond(200, "ok"), suspending(() -> answer)).publish();
        RawClient.Response response = gateway().get("/");
        assertEquals(403, response.status());
        assertEquals("asked", response.field("x-why"));
    }

    @Test
    default void answersFailureOfSuspendedTask() throws Exception {
        gateway().route("r", prefix("/"), respond(200, "ok"), suspending(() -> {
            throw new IllegalStateException("on purpose");
        })).publish();
        Problems.assertProblem(gateway().get("/x"), 500, "/x", "filter:asks");
    }

    @Test
    default void servesOthersWhileOneIsSuspended() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        gateway().route("slow", exact("/slow"), respond(200, "slow"), suspending(() -> {
            release.await(10, TimeUnit.SECONDS);
            return Continue.CONTINUE;
        })).route("fast", exact("/fast"), respond(200, "fast")).publish();
        try (RawClient waiting = gateway().client()) {
            waiting.send("GET /slow HTTP/1.1\nHost: a\n\nGET /fast HTTP/1.1\nHost: a\n\n");
            for (int i = 0; i < 4; i++) {
                assertEquals("fast", gateway().get("/fast").text());
            }
            release.countDown();
            assertEquals("slow", waiting.read().text());
            assertEquals("fast", waiting.read().text(), "pipelined behind it, answered after it");
        }
    }

    @Test
    default void endsEveryFilterThatBeganExactlyOnce() throws Exception {
        AtomicInteger before = new AtomicInteger();
        AtomicInteger after = new AtomicInteger();
        Filter counting = new Filter() {
            @Override
            public String name() {
                return "counting";
            }

            @Override
            public Verdict before(Exchange exchange) {
                before.incrementAndGet();
                return Continue.CONTINUE;
            }

            @Override
            public void after(Exchange exchange) {
                after.incrementAndGet();
            }
        };
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc"), counting, limit(3)).publish();
        for (int i = 0; i < 5; i++) {
            gateway().get("/");
        }
        gateway().awaitCount("svc", 200, 3);
        gateway().awaitCount("svc", 429, 2);
        assertEquals(5, before.get());
        assertEquals(5, after.get());
    }

    @Test
    default void explainsOnRequest() throws Exception {
        gateway().pool("svc", gateway().backend("a")).route("svc", exact("/proxied"), to("svc"))
                .route("fixed", exact("/fixed"), respond(200, "ok")).publish();
        for (String path : List.of("/proxied", "/fixed", "/nowhere")) {
            RawClient.Response response = gateway().send("GET " + path + " HTTP/1.1\nHost: a\nX-Shanhai-Explain: 1\n\n");
            assertEquals(Long.toString(TestGateway.REVISION), response.field("x-shanhai-rev"), path);
            assertEquals(32, response.field("x-shanhai-trace").length(), path);
            assertNull(gateway().get(path).field("x-shanhai-trace"), path);
        }
    }

    @Test
    default void doesNotForwardTheWishForExplanation() throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        gateway().send("GET / HTTP/1.1\nHost: a\nX-Shanhai-Explain: 1\n\n");
        assertNull(backend.request().field("x-shanhai-explain"));
    }
}
