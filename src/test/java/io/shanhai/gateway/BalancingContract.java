package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Stage;
import io.shanhai.gateway.Balance.Ejection;
import io.shanhai.gateway.Balance.Key;
import io.shanhai.gateway.Balance.Policy;
import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.upstream.Outcomes.Result;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which instance gets a request, and which gets none for a while.
interface BalancingContract extends ContractGround {

    Duration TIME = Duration.ofSeconds(5);
    String ILL = "HTTP/1.1 500 Ill\nContent-Length: 3\n\nill";

    private void balanced(Balance balance, Backend... backends) {
        boolean isHashed = balance.isHashed();
        gateway().clearRoutes().pool(new Pool("svc", List.of(backends).stream().map(Backend::endpoint).toList(), List.of(),
                new PoolState(), isHashed)).route("svc", prefix("/"), "svc", TIME, Retries.NONE, balance, null).publish();
    }

    private static Balance policy(Policy policy, Key key) {
        return new Balance(policy, key, 0, Ejection.DEFAULT, 0, 0);
    }

    private static Balance ejecting(int failures, Duration time) {
        return new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, 0, new Ejection(failures, time.toNanos(), 10), 0, 0);
    }

    private String get(String fields) throws IOException {
        return gateway().send("GET / HTTP/1.1\nHost: a\n" + fields + "\n").text();
    }

    static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    default void leastRequestAvoidsTheInstanceThatIsAtWork() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Backend.Behaviour slowly = (request, out, _) -> {
            if (request.target().equals("/slow")) {
                working.countDown();
                awaitQuietly(go);
            }
            Backend.text(out, request.target());
        };
        Backend a = gateway().backend("a").does(slowly);
        Backend b = gateway().backend("b").does(slowly);
        balanced(policy(Policy.LEAST_REQUEST, Key.OfRequest.NONE), a, b);
        try (RawClient busy = gateway().client()) {
            busy.send("GET /slow HTTP/1.1\nHost: a\n\n");
            working.await();
            for (int i = 0; i < 20; i++) {
                gateway().get("/quick");
                await().until(() -> gateway().livePool("svc").state().places().taken() == 1); // it has left the chain
            }
            go.countDown();
            assertEquals(200, busy.read().status());
        }
        assertEquals(Set.of(1, 20), Set.of(a.requests().size(), b.requests().size()));
    }

    @Test
    default void leastRequestSharesAmongIdleInstances() throws Exception {
        Backend a = gateway().backend("a");
        Backend b = gateway().backend("b");
        Backend c = gateway().backend("c");
        balanced(policy(Policy.LEAST_REQUEST, Key.OfRequest.NONE), a, b, c);
        for (int i = 0; i < 60; i++) {
            gateway().get("/");
        }
        for (Backend backend : List.of(a, b, c)) {
            assertTrue(backend.requests().size() > 5, backend.name() + " got " + backend.requests().size() + " of 60");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"header", "cookie"})
    default void consistentHashKeepsAKeyWithItsInstance(String kind) throws Exception {
        Backend[] backends = {gateway().backend("a"), gateway().backend("b"), gateway().backend("c")};
        balanced(policy(Policy.CONSISTENT_HASH, kind.equals("header") ? new Key.Header("x-user") : new Key.Cookie("sid")),
                backends);
        String line = kind.equals("header") ? "X-User: %s\n" : "Cookie: a=1; sid=%s; b=2\n";
        Set<String> names = new TreeSet<>();
        for (int user = 0; user < 40; user++) {
            String first = get(line.formatted("u" + user));
            assertEquals(first, get(line.formatted("u" + user)));
            names.add(first);
        }
        assertEquals(Set.of("a", "b", "c"), names);
    }

    @Test
    default void consistentHashByPathAndByClient() throws Exception {
        Backend[] backends = {gateway().backend("a"), gateway().backend("b"), gateway().backend("c")};
        balanced(policy(Policy.CONSISTENT_HASH, Key.OfRequest.PATH), backends);
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            assertEquals(gateway().get("/item" + i).text(), gateway().get("/item" + i + "?q=" + i).text());
            names.add(gateway().get("/item" + i).text());
        }
        assertEquals(3, names.size());
        balanced(policy(Policy.CONSISTENT_HASH, Key.OfRequest.CLIENT_IP), backends);
        assertEquals(gateway().get("/x").text(), gateway().get("/y").text());
    }

    @Test
    default void aRequestWithoutTheKeyIsSharedByRoundRobin() throws Exception {
        balanced(policy(Policy.CONSISTENT_HASH, new Key.Header("x-user")), gateway().backend("a"), gateway().backend("b"));
        assertNotEquals(get(""), get(""));
    }

    @Test
    default void aKeyWhoseInstanceIsDeadStaysWithOneStandIn() throws Exception {
        Backend[] backends = {gateway().backend("a"), gateway().backend("b"), gateway().backend("c")};
        balanced(policy(Policy.CONSISTENT_HASH, new Key.Header("x-user")), backends);
        String first = get("X-User: u\n");
        for (Backend backend : backends) {
            if (backend.name().equals(first)) {
                backend.close();
            }
        }
        Set<String> standIns = new TreeSet<>();
        for (int i = 0; i < 12; i++) { // past its ejection, which comes with the fifth failure
            standIns.add(get("X-User: u\n"));
        }
        assertEquals(1, standIns.size(), standIns::toString);
    }

    @Test
    default void ejectsAnInstanceThatFailsAgainAndAgain() throws Exception {
        Backend ill = gateway().backend("ill").says(ILL);
        Backend well = gateway().backend("well");
        balanced(ejecting(5, Duration.ofMinutes(1)), ill, well);
        for (int i = 0; i < 30; i++) {
            gateway().get("/");
        }
        assertEquals(5, ill.requests().size());
        assertEquals(25, well.requests().size());
        assertTrue(gateway().scrape().contains("shanhai_upstream_ejections_total{pool=\"svc\"} 1"));
    }

    @Test
    default void failuresInBetweenSuccessesDoNotEject() throws Exception {
        int[] count = {0};
        Backend moody = gateway().backend("moody").does((_, out, _) -> {
            if (++count[0] % 5 == 0) {
                Backend.text(out, "well");
            } else {
                out.write(ILL.replace("\n", "\r\n").getBytes());
            }
        });
        balanced(ejecting(5, Duration.ofMinutes(1)), moody, gateway().backend("well"));
        for (int i = 0; i < 40; i++) {
            gateway().get("/");
        }
        assertEquals(20, moody.requests().size());
    }

    @Test
    default void ejectsAnInstanceThatCannotBeReached() throws Exception {
        Backend dead = gateway().backend("dead");
        Backend well = gateway().backend("well");
        balanced(ejecting(3, Duration.ofMinutes(1)), dead, well);
        dead.close();
        for (int i = 0; i < 20; i++) {
            assertEquals("well", gateway().get("/").text());
        }
        long refused = gateway().outcomes().stream().filter(o -> o.result() == Result.NOT_CONNECTED).count();
        assertEquals(3, refused);
    }

    @Test
    default void neverEjectsTheLastInstance() throws Exception {
        Backend a = gateway().backend("a").says(ILL);
        Backend b = gateway().backend("b").says(ILL);
        balanced(ejecting(2, Duration.ofMinutes(1)), a, b);
        for (int i = 0; i < 20; i++) {
            assertEquals("ill", gateway().get("/").text(), "somebody is asked");
        }
        assertEquals(20, a.requests().size() + b.requests().size());
        assertEquals(2, Math.min(a.requests().size(), b.requests().size()), "one is out after two failures, the other stays");
        assertTrue(gateway().scrape().contains("shanhai_upstream_ejections_withheld_total{pool=\"svc\"}"));
    }

    @Test
    default void anEjectedInstanceComesBackAfterItsTime() throws Exception {
        Backend ill = gateway().backend("ill").says(ILL);
        balanced(ejecting(1, Duration.ofMillis(300)), ill, gateway().backend("well"));
        for (int i = 0; i < 4; i++) {
            gateway().get("/");
        }
        assertEquals(1, ill.requests().size());
        ill.does((_, out, _) -> Backend.text(out, "again"));
        await().until(() -> gateway().get("/").text().equals("again"));
    }

    @Test
    default void anEjectionOutlivesAPlan() throws Exception {
        Backend ill = gateway().backend("ill").says(ILL);
        balanced(ejecting(1, Duration.ofMinutes(1)), ill, gateway().backend("well"));
        gateway().get("/");
        gateway().get("/");
        Pool before = gateway().livePool("svc");
        gateway().pool(new Pool("svc", before.endpoints(), List.of(), before.state(), false)).publish();
        for (int i = 0; i < 10; i++) {
            assertEquals("well", gateway().get("/").text());
        }
    }

    @Test
    default void aSlowStarterTakesAPartOfItsShare() throws Exception {
        Backend warm = gateway().backend("warm");
        Backend fresh = gateway().backend("fresh");
        Endpoint starting = new Endpoint(fresh.endpoint().address(), fresh.endpoint().socketAddress(), 100,
                new Vitals(System.nanoTime()));
        Balance slow = new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, Duration.ofHours(1).toNanos(), Ejection.OFF, 0, 0);
        gateway().pool("svc", List.of(warm.endpoint(), starting), List.of())
                .route("svc", prefix("/"), "svc", TIME, Retries.NONE, slow, null).publish();
        for (int i = 0; i < 100; i++) {
            gateway().get("/");
        }
        int share = fresh.requests().size();
        assertTrue(share >= 1 && share <= 25, share + " of 100 (a tenth of a half, and what chance adds)");
    }

    @Test
    default void tellsHowAttemptsEnded() throws Exception {
        Backend dead = gateway().backend("dead");
        Backend well = gateway().backend("well");
        balanced(Balance.DEFAULT, dead, well);
        dead.close();
        gateway().get("/");
        String address = well.endpoint().address();
        assertEquals(List.of(new TestGateway.Outcome("svc", dead.endpoint().address(), Result.NOT_CONNECTED, 0),
                new TestGateway.Outcome("svc", address, Result.ANSWERED, 200)), gateway().outcomes());
    }

    @Test
    default void countsWhatIsUnderWayBackToNothing() throws Exception {
        Backend dead = gateway().backend("dead");
        balanced(Balance.DEFAULT, dead, gateway().backend("well"), gateway().backend("other").says(ILL));
        dead.close();
        for (int i = 0; i < 20; i++) {
            gateway().get("/");
        }
        Pool pool = gateway().livePool("svc");
        await().until(() -> pool.state().places().taken() == 0);
        assertEquals(0, pool.endpoints().stream().mapToInt(e -> e.vitals().active()).sum());
        assertEquals(0, pool.state().retrying());
    }

    /// What `explain` tells of the choice: the policy, what was tried, and why the others got nothing.
    @Test
    default void leavesADecisionThatSaysWhyThisInstance() throws Exception {
        Backend ill = gateway().backend("ill").says(ILL);
        Backend dead = gateway().backend("dead");
        Backend well = gateway().backend("well");
        balanced(ejecting(1, Duration.ofMinutes(1)), ill, dead, well);
        gateway().get("/");
        dead.close();
        assertEquals("well", gateway().send("GET / HTTP/1.1\nHost: a\nX-Shanhai-Explain: 1\n\n").text());
        List<Decision> decisions = new ArrayList<>();
        await().until(() -> decisions.addAll(gateway().decisions()) && decisions.stream()
                .anyMatch(d -> d.stage() == Stage.INSTANCE && d.rule().equals(well.endpoint().address())));
        Decision chosen = decisions.stream().filter(d -> d.stage() == Stage.INSTANCE).toList().getLast();
        String inputs = chosen.inputs().toString();
        assertTrue(inputs.contains("weighted round robin over 3") && inputs.contains("attempts, 2"), inputs);
        String others = chosen.alternatives().toString();
        assertTrue(others.contains(dead.endpoint().address() + ", why=was tried before and failed"), others);
        assertTrue(others.contains(ill.endpoint().address() + ", why=ejected for another "), others);
    }
}
