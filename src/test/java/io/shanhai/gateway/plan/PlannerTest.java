package io.shanhai.gateway.plan;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.ControlPlane;
import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.HeadersOf;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.Vitals;
import io.shanhai.gateway.plan.Catalogue.Written;
import io.shanhai.membership.Membership;
import io.shanhai.registry.InstanceSpec;
import io.shanhai.registry.Registry;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import io.shanhai.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Catalogue and planner on the real store: what is written is in the Plan when the write answers.
class PlannerTest {

    @TempDir
    private Path folder;

    private ControlPlane plane;
    private EmbeddedStore store;
    private Membership membership;
    private Registry registry;
    private LivePlan live;
    private Planner planner;
    private Catalogue catalogue;

    @BeforeEach
    void start() {
        plane = new ControlPlane(folder);
        store = plane.store;
        membership = plane.membership;
        registry = plane.registry;
        live = plane.live;
        planner = plane.planner;
        catalogue = plane.catalogue;
    }

    @AfterEach
    void stop() {
        plane.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private void putRoute(String id, String spec) {
        assertTrue(catalogue.put(Kind.ROUTE, id, json(spec)).live());
    }

    private void putLimit(String id, String spec) {
        assertTrue(catalogue.put(Kind.LIMIT, id, json(spec)).live());
    }

    /// As any etcd client could: past every check.
    private void putRaw(String key, String value) {
        assertTrue(membership.awaitServed(store.commit(Txn.of(Txn.Op.put(Bytes.utf8(key), Bytes.utf8(json(value))))).revision()));
    }

    private Route match(String path) {
        return live.current().routes().match("GET", "", path, null, HeadersOf.none());
    }

    private List<String> endpoints(String pool) {
        return live.current().pools().get(pool).endpoints().stream().map(Endpoint::address).toList();
    }

    @Test
    void aWrittenRouteIsServedWhenTheWriteAnswers() {
        Written written = catalogue.put(Kind.ROUTE, "users",
                json("{'match':{'path':'/users'},'service':'user-svc','timeout':'2s'}"));
        assertTrue(written.live());
        assertEquals(written.revision(), live.current().revision());
        Route route = match("/users/7");
        assertEquals("users", route.id());
        assertEquals(Duration.ofSeconds(2).toNanos(), route.timeoutNanos());
        assertEquals(new Target.ToPool("user-svc"), route.target());
        assertEquals(List.of(), endpoints("user-svc"), "the pool is there, if only empty");
    }

    @Test
    void aDeletedRouteIsGoneWhenTheDeletionAnswers() {
        putRoute("users", "{'service':'user-svc'}");
        assertTrue(catalogue.delete(Kind.ROUTE, "users").orElseThrow().live());
        assertNull(match("/users"));
        assertEquals(Optional.empty(), catalogue.delete(Kind.ROUTE, "users"));
        assertFalse(live.current().pools().containsKey("user-svc"), "pools nobody names are dropped");
    }

    @Test
    void poolsFollowTheRegistry() throws Exception {
        putRoute("users", "{'service':'user-svc'}");
        registry.register("user-svc", "127.0.0.1:1001", InstanceSpec.DEFAULT);
        registry.register("user-svc", "127.0.0.1:1002", new InstanceSpec(Optional.empty(), 0, "", Map.of(), Map.of()));
        assertEquals(List.of("127.0.0.1:1001"), endpoints("user-svc"));
        assertEquals(List.of(new Pool.Exclusion("127.0.0.1:1002", "weight 0")),
                live.current().pools().get("user-svc").excluded());
        registry.deregister("user-svc", "127.0.0.1:1001");
        assertEquals(List.of(), endpoints("user-svc"));
        assertTrue(live.current().pools().get("user-svc").excluded().getLast().why().endsWith("deregistered"));
    }

    @Test
    void splitsGoByTagAndWeight() {
        putRoute("r", "{'split':[{'service':'s','tags':{'v':'1'},'weight':3},{'service':'s','tags':{'v':'2'},'weight':1}]}");
        registry.register("s", "127.0.0.1:1", new InstanceSpec(Optional.empty(), 100, "", Map.of("v", "1"), Map.of()));
        registry.register("s", "127.0.0.1:2", new InstanceSpec(Optional.empty(), 100, "", Map.of("v", "2"), Map.of()));
        assertEquals(List.of("127.0.0.1:1"), endpoints("s{v=1}"));
        assertEquals(List.of("127.0.0.1:2"), endpoints("s{v=2}"));
        Target.Split split = assertInstanceOf(Target.Split.class, match("/").target());
        long first = IntStream.range(0, 400).filter(_ -> split.next().equals("s{v=1}")).count();
        assertEquals(300, first);
    }

    @Test
    void roundRobinGoesOnAcrossPlans() {
        putRoute("r", "{'service':'s'}");
        for (int port = 1; port <= 3; port++) {
            registry.register("s", "127.0.0.1:" + port, InstanceSpec.DEFAULT);
        }
        Pool before = live.current().pools().get("s");
        Endpoint first = before.next();
        putRoute("other", "{'match':{'path':'/other'},'service':'s'}");
        Endpoint second = live.current().pools().get("s").next();
        assertFalse(first.equals(second), "the cursor went on");
    }

    @Test
    void aLimitKeepsItsCountAcrossPlansAndLosesItWhenItChanges() {
        putLimit("two", "{'algorithm':'sliding-window','limit':2,'window':'1h'}");
        putRoute("r", "{'respond':{'body':'x'},'limits':['two']}");
        Object before = match("/").filters().getFirst();
        putRoute("other", "{'match':{'path':'/other'},'service':'s','limits':['two']}");
        assertSame(before, match("/").filters().getFirst(), "an unchanged route is not compiled again");
        putLimit("two", "{'algorithm':'sliding-window','limit':3,'window':'1h'}");
        assertFalse(before == match("/").filters().getFirst());
    }

    @Test
    void aRouteMayNotNameAMissingLimit() {
        InvalidSpecException refused = assertThrows(InvalidSpecException.class,
                () -> putRoute("r", "{'service':'s','limits':['nope']}"));
        assertEquals("/limits/0", refused.violations().getFirst().path());
        assertEquals(1, store.revision(), "nothing was stored");
    }

    @Test
    void aLimitInUseIsNotDeleted() {
        putLimit("two", "{'algorithm':'sliding-window','limit':2}");
        putRoute("r", "{'service':'s','limits':['two']}");
        assertThrows(Catalogue.InUseException.class, () -> catalogue.delete(Kind.LIMIT, "two"));
        catalogue.delete(Kind.ROUTE, "r");
        assertTrue(catalogue.delete(Kind.LIMIT, "two").isPresent());
    }

    @Test
    void anInvalidChangeKeepsTheOldVersionIsCountedAndDoesNotStopOthers() {
        putRoute("r", "{'match':{'path':'/r'},'service':'s'}");
        putRaw("/shanhai/routes/r", "{'match':{'path':'r'}}");
        assertEquals("r", match("/r").id());
        assertTrue(planner.problems().get("route/r").contains("starts with /"), planner.problems()::toString);
        putRoute("later", "{'match':{'path':'/later'},'service':'s'}");
        assertNotNull(match("/later"), "one bad object does not stop what comes after it");
        assertTrue(planner.firstProblem().orElseThrow().startsWith("1 stored object(s) cannot be used, such as route/r: "));
        putRoute("r", "{'match':{'path':'/r2'},'service':'s'}");
        assertEquals(Map.of(), planner.problems());
        assertEquals(Optional.empty(), planner.firstProblem());
        assertEquals("r", match("/r2").id());
    }

    @Test
    void aRouteWhoseLimitVanishedBehindOurBackKeepsItsLimit() {
        putLimit("two", "{'algorithm':'sliding-window','limit':2}");
        putRoute("r", "{'service':'s','limits':['two']}");
        assertTrue(membership.awaitServed(store.commit(Txn.of(Txn.Op.delete(Bytes.utf8("/shanhai/limits/two")))).revision()));
        assertEquals(1, match("/").filters().size(), "without it everything would be let through");
        assertTrue(planner.problems().get("route/r").contains("\"two\" does not exist"));
    }

    @Test
    void whatWasPublishedIsServedAfterARestart() {
        putLimit("two", "{'algorithm':'token-bucket','rate':2}");
        putRoute("r", "{'match':{'path':'/r'},'upstream':'http://127.0.0.1:9','limits':['two']}");
        long revision = live.current().revision();
        stop();
        start();
        await().untilAsserted(() -> assertEquals(revision, live.current().revision()));
        assertEquals("r", match("/r").id());
        assertEquals(List.of("127.0.0.1:9"), endpoints("http://127.0.0.1:9"));
    }

    @Test
    void readsBackWhatWasPut() {
        putRoute("b", "{'service':'s','id':'b','revision':99}");
        putRoute("a", "{'service':'s'}");
        assertEquals(List.of("a", "b"),
                catalogue.list(Kind.ROUTE, Catalogue.NOW).objects().stream().map(Catalogue.StoredObject::id).toList());
        Catalogue.StoredObject stored = catalogue.get(Kind.ROUTE, "b", Catalogue.NOW).orElseThrow();
        assertEquals("{\"service\":\"s\"}", stored.json());
        assertEquals(2, stored.revision());
    }

    @Test
    void refusesWhatIsNotJson() {
        for (String text : List.of("", "{", "{\"service\":\"s\",\"service\":\"t\"}", "{\"service\":\"s\"} x")) {
            InvalidSpecException refused = assertThrows(InvalidSpecException.class, () -> catalogue.put(Kind.ROUTE, "r", text),
                    text);
            assertEquals("", refused.violations().getFirst().path());
        }
        assertThrows(InvalidSpecException.class, () -> catalogue.put(Kind.ROUTE, "../r", "{}"));
    }

    /// With many routes a change compiles what changed, not everything: the others stay the same objects.
    @Test
    void aChangeAmongManyRoutesLeavesTheOthersAlone() {
        int routes = 3_000;
        for (int from = 0; from < routes; from += 100) { // a transaction of a hundred each
            List<Txn.Op> ops = IntStream
                    .range(from, from + 100).<Txn.Op>mapToObj(i -> Txn.Op.put(Bytes.utf8("/shanhai/routes/r" + i),
                            Bytes.utf8(json("{'match':{'exact':'/items/" + i + "'},'service':'svc" + i % 10 + "'}"))))
                    .toList();
            store.commit(new Txn(List.of(), ops, List.of()));
        }
        await().until(() -> membership.awaitServed(store.revision()));
        Route first = match("/items/0");
        Pool pool = live.current().pools().get("svc3");
        Map<String, Pool> pools = live.current().pools();
        putRoute("r7", "{'match':{'exact':'/moved'},'service':'svc7'}");
        assertSame(first, match("/items/0"));
        assertSame(pool, live.current().pools().get("svc3"));
        assertSame(pools, live.current().pools(), "no pool changed");
        assertNull(match("/items/7"));
        assertEquals("r7", match("/moved").id());
        catalogue.delete(Kind.ROUTE, "r7");
        assertNull(match("/moved"));
        for (int i = 0; i < routes; i++) {
            assertEquals(i == 7 ? null : "r" + i, match("/items/" + i) == null ? null : match("/items/" + i).id());
        }
    }

    @Test
    void aLimitThatChangesIsCompiledIntoTheRoutesThatNameIt() {
        putLimit("two", "{'algorithm':'sliding-window','limit':2}");
        putRoute("with", "{'match':{'path':'/with'},'respond':{},'limits':['two']}");
        putRoute("without", "{'match':{'path':'/without'},'respond':{}}");
        Route with = match("/with");
        Route without = match("/without");
        putLimit("two", "{'algorithm':'sliding-window','limit':3}");
        assertFalse(with == match("/with"));
        assertSame(without, match("/without"));
    }

    /// A kept last good version needs the pool of its own target, not that of the version nobody serves.
    @Test
    void aRouteThatCannotBeCompiledKeepsItsPool() {
        putLimit("two", "{'algorithm':'sliding-window','limit':2}");
        putRoute("r", "{'service':'old','limits':['two']}");
        putRaw("/shanhai/routes/r", "{'service':'new','limits':['gone']}");
        assertEquals(new Target.ToPool("old"), match("/").target());
        assertTrue(live.current().pools().containsKey("old"));
    }

    @Test
    void whatAnEndpointWentThroughOutlivesPlansAndEndsWithTheInstance() {
        putRoute("r", "{'service':'s'}");
        registry.register("s", "127.0.0.1:1", InstanceSpec.DEFAULT);
        registry.register("s", "127.0.0.1:2", InstanceSpec.DEFAULT);
        Vitals first = vitals("s", 0);
        first.eject(Duration.ofMinutes(1).toNanos(), System.nanoTime());
        registry.register("s", "127.0.0.1:3", InstanceSpec.DEFAULT);
        putRoute("other", "{'match':{'path':'/other'},'service':'s'}");
        assertSame(first, vitals("s", 0));
        registry.deregister("s", "127.0.0.1:1");
        registry.register("s", "127.0.0.1:1", InstanceSpec.DEFAULT);
        assertFalse(first == vitals("s", 0), "who comes back is new");
    }

    private Vitals vitals(String pool, int endpoint) {
        return live.current().pools().get(pool).endpoints().get(endpoint).vitals();
    }

    @Test
    void anInstanceThatJoinsOthersStartsSlowly() {
        putRoute("r", "{'service':'s','balance':{'slowStart':'1h'}}");
        registry.register("s", "127.0.0.1:1", InstanceSpec.DEFAULT);
        registry.register("s", "127.0.0.1:2", InstanceSpec.DEFAULT);
        long hour = match("/").balance().slowStartNanos();
        assertEquals(Duration.ofHours(1).toNanos(), hour);
        assertEquals(1, vitals("s", 0).warmth(System.nanoTime(), hour), "the first has nobody to leave the traffic to");
        assertTrue(vitals("s", 1).warmth(System.nanoTime(), hour) < 0.2);
    }

    @Test
    void aMirrorsPoolIsThereAsLongAsARouteNamesIt() {
        putRoute("r", "{'service':'s','mirror':{'upstream':'http://127.0.0.1:9','percent':5}}");
        assertEquals(new Route.Mirror("http://127.0.0.1:9", 5), match("/").mirror());
        assertEquals(List.of("127.0.0.1:9"), endpoints("http://127.0.0.1:9"));
        putRoute("r", "{'service':'s'}");
        assertNull(match("/").mirror());
        assertFalse(live.current().pools().containsKey("http://127.0.0.1:9"));
    }

    @Test
    void aHashTableIsBuiltOnceARouteAsksForIt() {
        registry.register("s", "127.0.0.1:1", InstanceSpec.DEFAULT);
        registry.register("s", "127.0.0.1:2", InstanceSpec.DEFAULT);
        putRoute("turns", "{'service':'s'}");
        Pool before = live.current().pools().get("s");
        assertFalse(before.hashed(7, 0) == before.hashed(7, 0), "without a table it takes turns");
        putRoute("hashed", "{'match':{'path':'/h'},'service':'s','balance':{'policy':'consistent-hash','key':'client-ip'}}");
        Pool after = live.current().pools().get("s");
        assertSame(after.hashed(7, 0), after.hashed(7, 0));
        assertSame(before.state(), after.state());
    }
}
