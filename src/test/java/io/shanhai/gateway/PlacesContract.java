package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shanhai.gateway.Balance.Ejection;
import io.shanhai.gateway.Balance.Key;
import io.shanhai.gateway.Balance.Policy;
import io.shanhai.gateway.Route.Retries;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/// A pool takes so many requests at a time, lets so many wait, and refuses the others.
interface PlacesContract extends ContractGround {

    private Backend bounded(int connections, int pending, Duration timeout, CountDownLatch working, CountDownLatch go)
            throws Exception {
        Backend backend = gateway().backend("a").does((request, out, _) -> {
            if (request.target().equals("/slow")) {
                working.countDown();
                BalancingContract.awaitQuietly(go);
            }
            Backend.text(out, request.target());
        });
        gateway().pool("svc", backend).route("svc", prefix("/"), "svc", timeout, Retries.NONE,
                new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, 0, Ejection.DEFAULT, connections, pending), null).publish();
        return backend;
    }

    private Places places() {
        return gateway().livePool("svc").state().places();
    }

    @Test
    default void refusesWhatHasNoPlace() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Backend backend = bounded(1, 0, Duration.ofSeconds(10), working, go);
        try (RawClient busy = gateway().client()) {
            busy.send("GET /slow HTTP/1.1\nHost: a\n\n");
            working.await();
            RawClient.Response refused = gateway().get("/x");
            Problems.assertProblem(refused, 503, "/x", "upstream:pool-full");
            assertEquals("1", refused.field("retry-after"));
            go.countDown();
            assertEquals(200, busy.read().status());
        }
        await().until(() -> places().taken() == 0);
        assertEquals(200, gateway().get("/y").status());
        assertEquals(2, backend.requests().size());
    }

    @Test
    default void letsARequestWaitForItsPlace() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        bounded(1, 1, Duration.ofSeconds(10), working, go);
        try (RawClient busy = gateway().client(); RawClient waits = gateway().client()) {
            busy.send("GET /slow HTTP/1.1\nHost: a\n\n");
            working.await();
            waits.send("POST /waits HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello");
            await().until(() -> places().pending() == 1);
            assertEquals(503, gateway().get("/x").status(), "nobody else may wait");
            go.countDown();
            assertEquals("/slow", busy.read().text());
            assertEquals("/waits", waits.read().text());
        }
        await().until(() -> places().taken() == 0 && places().pending() == 0);
    }

    @Test
    default void doesNotWaitLongerThanTheRoutesTime() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Backend backend = bounded(1, 5, Duration.ofMillis(300), working, go);
        try (RawClient busy = gateway().client()) {
            busy.send("GET /slow HTTP/1.1\nHost: a\n\n");
            working.await();
            // another place holds the pool beyond the busy request's own time
            Places.Ticket held = places().take(2, 0, () -> {});
            assertEquals(504, busy.read().status());
            RawClient.Response refused = gateway().get("/x");
            Problems.assertProblem(refused, 503, "/x", "upstream:pool-full");
            held.end();
            go.countDown();
        }
        assertEquals(1, backend.requests().size());
        await().until(() -> places().taken() == 0 && places().pending() == 0);
    }

    @Test
    default void aClientThatLeavesWhileItWaitsBlocksNobody() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        bounded(1, 1, Duration.ofSeconds(10), working, go);
        try (RawClient busy = gateway().client()) {
            busy.send("GET /slow HTTP/1.1\nHost: a\n\n");
            working.await();
            try (RawClient leaves = gateway().client()) {
                leaves.send("GET /leaves HTTP/1.1\nHost: a\n\n");
                await().until(() -> places().pending() == 1);
            }
            go.countDown();
            assertEquals(200, busy.read().status());
        }
        await().until(() -> places().taken() == 0 && places().pending() == 0);
        assertEquals(200, gateway().get("/y").status());
    }
}
