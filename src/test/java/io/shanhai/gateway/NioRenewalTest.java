package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.exact;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.Balance.Ejection;
import io.shanhai.gateway.Balance.Key;
import io.shanhai.gateway.Balance.Policy;
import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.RetryOn;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Which exchanges the nio engine makes another request's: those whose answer was at hand, and no others. A copy for the
/// mirror, a place in a pool and a log line outlive the moment the client has its answer.
@Timeout(30)
class NioRenewalTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Balance ONE_PLACE = new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, 0, Ejection.OFF, 1, 0);
    private static final Balance ONE_MAY_WAIT = new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, 0, Ejection.OFF, 1, 1);
    private static final Balance UNBOUNDED = new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, 0, Ejection.OFF, 0, 0);

    private final List<Exchange> seen = new CopyOnWriteArrayList<>();
    private TestGateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new TestGateway(GatewaySettings.forTests(), new NioContractTest()::start);
    }

    @AfterEach
    void close() throws Exception {
        gateway.close();
    }

    /// Keeps what no filter may keep: only so can it be told whose exchange came back.
    private final class Keeps implements Filter {
        @Override
        public String name() {
            return "keeps";
        }

        @Override
        public Verdict before(Exchange x) {
            seen.add(x);
            return Verdict.Continue.CONTINUE;
        }

        @Override
        public void after(Exchange x) {}
    }

    private void publish(Retries retries, Balance balance, Route.Mirror mirror, Backend... backends) {
        gateway.pool("svc", backends).route("svc", exact("/svc"), "svc", TIMEOUT, retries, balance, mirror, new Keeps())
                .route("direct", exact("/direct"), TestGateway.respond(200, "at hand"), new Keeps()).publish();
    }

    private static void ask(RawClient client, String path, int status) throws Exception {
        assertEquals(status, client.exchange("GET " + path + " HTTP/1.1\nHost: a\n\n").status());
    }

    private Exchange last() {
        return seen.getLast();
    }

    /// @return the exchange of the request in the middle, which must have stayed what it was
    private Exchange between(RawClient client, int status) throws Exception {
        ask(client, "/direct", 200);
        Exchange atHand = last();
        ask(client, "/direct", 200);
        assertSame(atHand, last(), "an answer at hand makes its exchange free");
        ask(client, "/svc", status);
        Exchange passedOn = last();
        assertDirectIsAnother(client, passedOn);
        return passedOn;
    }

    private void assertDirectIsAnother(RawClient client, Exchange passedOn) throws Exception {
        ask(client, "/direct", 200);
        assertNotSame(passedOn, last());
        ask(client, "/direct", 200);
        assertNotSame(passedOn, last());
        assertEquals("/svc", passedOn.path);
    }

    @Test
    void notOneThatWasPassedOn() throws Exception {
        publish(Retries.NONE, Balance.DEFAULT, null, gateway.backend("a"));
        try (RawClient client = gateway.client()) {
            assertEquals(1, between(client, 200).attempts);
        }
    }

    @Test
    void notOneThatWasMirrored() throws Exception {
        gateway.pool("shadow", gateway.backend("shadow"));
        publish(Retries.NONE, Balance.DEFAULT, new Route.Mirror("shadow", 100), gateway.backend("a"));
        try (RawClient client = gateway.client()) {
            assertTrue(between(client, 200).mirrored);
        }
    }

    @Test
    void notOneThatWasRetried() throws Exception {
        Backend ill = gateway.backend("ill").says("HTTP/1.1 503 X\nContent-Length: 0\n\n");
        Retries twice = new Retries(2, List.of(), EnumSet.of(RetryOn.SERVER_ERROR), 0, 0, 20, 3);
        publish(twice, UNBOUNDED, null, ill, gateway.backend("b").says("HTTP/1.1 503 X\nContent-Length: 0\n\n"));
        try (RawClient client = gateway.client()) {
            assertEquals(2, between(client, 503).attempts);
        }
    }

    @Test
    void notOneWithoutAnInstance() throws Exception {
        publish(Retries.NONE, Balance.DEFAULT, null);
        try (RawClient client = gateway.client()) {
            assertEquals("upstream:no-instance", between(client, 503).reason);
        }
    }

    @Test
    void notOneThatFoundThePoolFull() throws Exception {
        publish(Retries.NONE, ONE_PLACE, null, gateway.backend("a"));
        Places.Ticket held = places().take(1, 0, () -> {});
        try (RawClient client = gateway.client()) {
            assertTrue(between(client, 503).poolFull);
        }
        held.end();
    }

    @Test
    void notOneThatWaitedForItsPlace() throws Exception {
        publish(Retries.NONE, ONE_MAY_WAIT, null, gateway.backend("a"));
        Places.Ticket held = places().take(1, 0, () -> {});
        try (RawClient client = gateway.client()) {
            ask(client, "/direct", 200);
            client.send("GET /svc HTTP/1.1\nHost: a\n\n");
            await().until(() -> places().pending() == 1);
            Exchange waited = last();
            held.end();
            assertEquals(200, client.read().status());
            assertDirectIsAnother(client, waited);
        }
        await().until(() -> places().taken() == 0);
    }

    private Places places() {
        return gateway.livePool("svc").state().places();
    }
}
