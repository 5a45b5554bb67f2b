package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.gateway.HeadersOf;
import io.shanhai.gateway.RouteMatcher;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.plan.SpecReader;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.Txn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `POST /v1/changes` over HTTP: all or nothing, one revision, and what is wrong with it at its place in the body.
class ChangeSetTest {

    private static final String FIVE = "{'kind':'limit','id':'five','spec':{'algorithm':'sliding-window','limit':5}}";
    private static final String USERS = "{'kind':'route','id':'users','spec':{'match':{'path':'/users'},'service':'user-svc','limits':['five']}}";
    private static final String INSTANCE = "{'kind':'instance','id':'user-svc/127.0.0.1:7001','spec':{'ttl':'60s','zone':'z1'}}";

    @TempDir
    Path folder;

    private PlaneDoor door;

    @BeforeEach
    void start() {
        door = new PlaneDoor(folder);
    }

    @AfterEach
    void stop() {
        door.close();
    }

    private static String set(String... entries) {
        return "{'set':[" + String.join(",", entries) + "]}";
    }

    private JsonNode apply(int status, String body) throws IOException {
        return door.expect(status, "POST", "/v1/changes", body);
    }

    private long revision() {
        return door.plane.store.revision();
    }

    private static List<String> told(JsonNode answer) {
        return IntStream.range(0, answer.get("changes").size()).mapToObj(i -> answer.get("changes").get(i))
                .map(change -> change.get("action").textValue() + " " + change.get("kind").textValue() + " "
                        + change.get("id").textValue())
                .toList();
    }

    @Test
    void severalObjectsOfAllKindsHaveOneRevisionAndAreServed() throws IOException {
        JsonNode done = apply(200, set(USERS, FIVE, INSTANCE)); // the limit after the route that names it
        assertEquals(2, done.get("revision").longValue());
        assertTrue(done.get("live").booleanValue());
        assertEquals(List.of("created route users", "created limit five", "created instance user-svc/127.0.0.1:7001"),
                told(done));
        assertEquals(2, revision());
        assertEquals(1, door.plane.live.current().pools().get("user-svc").endpoints().size());
        JsonNode instance = door.get("/v1/registry/user-svc").at("/instances/0");
        assertEquals("z1", instance.get("zone").textValue());
        assertEquals(60, door.plane.store.lease(instance.get("leaseId").longValue(), false).orElseThrow().grantedTtlSeconds());
        door.expect(204, "POST", "/v1/registry/user-svc/127.0.0.1:7001/heartbeat", "");

        done = apply(200, "{'set':[{'kind':'route','id':'users','spec':{'service':'other-svc'}}],'delete':["
                + "{'kind':'limit','id':'five'},{'kind':'instance','id':'user-svc/127.0.0.1:7001'}]}");
        assertEquals(List.of("updated route users", "deleted limit five", "deleted instance user-svc/127.0.0.1:7001"),
                told(done));
        assertEquals(3, revision());
        assertEquals("deregistered", door.get("/v1/registry/user-svc").at("/departed/0/why").textValue());
        assertEquals(List.of(), door.plane.store.leases());
    }

    @Test
    void whatIsSoAlreadyIsNotWrittenAgain() throws IOException {
        apply(200, set(FIVE, USERS, INSTANCE));
        long lease = door.get("/v1/registry/user-svc").at("/instances/0/leaseId").longValue();
        JsonNode again = apply(200, set(FIVE, USERS.replace("'match':{'path':'/users'},'service':'user-svc'",
                "'service':'user-svc','match':{'path':'/users'}"), INSTANCE));
        assertEquals(List.of("unchanged limit five", "unchanged route users", "unchanged instance user-svc/127.0.0.1:7001"),
                told(again));
        assertEquals(2, again.get("revision").longValue());
        assertTrue(again.get("live").booleanValue());
        assertEquals(2, revision());
        assertEquals(List.of(lease), door.plane.store.leases());
        assertEquals(List.of("unchanged limit five", "updated instance user-svc/127.0.0.1:7001"),
                told(apply(200, set(FIVE, INSTANCE.replace("60s", "30s")))));
        assertEquals(1, door.plane.store.leases().size());
    }

    @Test
    void aDryRunSaysTheSameAndChangesNothing() throws IOException {
        apply(200, set(FIVE));
        String body = "{'set':[" + USERS + "," + INSTANCE + "," + FIVE + "]}";
        JsonNode would = door.expect(200, "POST", "/v1/changes?dryRun=true", body);
        assertTrue(would.get("dryRun").booleanValue());
        assertFalse(would.get("live").booleanValue());
        assertEquals(List.of("created route users", "created instance user-svc/127.0.0.1:7001", "unchanged limit five"),
                told(would));
        assertEquals(2, revision());
        assertEquals(List.of(), door.plane.store.leases());
        assertEquals(told(would), told(apply(200, body)));
        assertEquals(400, door.call("POST", "/v1/changes?dryRun=maybe", "{}").status());
        assertEquals(400, door.call("POST", "/v1/changes?dryRun=true", set("{'kind':'route','id':'x','spec':{}}")).status());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            {}                                                                              |                             | changes nothing
            {'set':{}}                                                                      |                             | changes nothing
            {'set':[1]}                                                                     | /set/0                      | an object
            {'sett':[],'delete':[{'kind':'route','id':'r'}]}                                | /sett                       | did you mean "set"?
            {'set':[{'kind':'rout','id':'r','spec':{'service':'s'}}]}                       | /set/0/kind                 | did you mean "route"?
            {'set':[{'kind':'config','id':'r','spec':{}}]}                                  | /set/0/kind                 | not built yet
            {'set':[{'kind':'route','spec':{'service':'s'}}]}                               | /set/0/id                   | is missing
            {'set':[{'kind':'route','id':'a b','spec':{'service':'s'}}]}                    | /set/0/id                   | expected
            {'set':[{'kind':'route','id':'r'}]}                                             | /set/0/spec                 | is missing
            {'set':[{'kind':'route','id':'r','spec':{'service':'s'},'x':1}]}                | /set/0/x                    | unknown field
            {'set':[{'kind':'route','id':'r','spec':{'servce':'s'}}]}                       | /set/0/spec/servce          | did you mean "service"?
            {'set':[{'kind':'route','id':'r','spec':{'service':'s','breaker':{}}}]}         | /set/0/spec/breaker         | not built yet
            {'set':[{'kind':'route','id':'r','spec':{'match':{'path':'x'},'service':'s'}}]} | /set/0/spec/match/path      | starts with /
            {'set':[{'kind':'route','id':'r','spec':{'service':'s','limits':['no']}}]}      | /set/0/spec/limits/0        | does not exist
            {'set':[{'kind':'limit','id':'l','spec':{'algorithm':'guess'}}]}                | /set/0/spec/algorithm       | sliding-window
            {'set':[{'kind':'instance','id':'s','spec':{}}]}                                | /set/0/id                   | service/host:port
            {'set':[{'kind':'instance','id':'s/h:x','spec':{}}]}                            | /set/0/id                   | a port
            {'set':[{'kind':'instance','id':'s/h:1','spec':{'weight':-1}}]}                 | /set/0/spec/weight          | 0..10000
            {'set':[{'kind':'instance','id':'s/h:1','spec':{'probe':{}}}]}                  | /set/0/spec/probe           | not built yet
            {'delete':[{'kind':'route','id':'none'}]}                                       | /delete/0/id                | there is no route
            {'delete':[{'kind':'instance','id':'s/h:1'}]}                                   | /delete/0/id                | there is no instance
            {'delete':[{'kind':'route','id':'r','spec':{}}]}                                | /delete/0/spec              | unknown field
            {'set':[{'kind':'limit','id':'kept','spec':{'algorithm':'sliding-window','limit':1}}],'delete':[{'kind':'limit','id':'kept'}]} | /delete/0 | is there twice, first at /set/0
            {'delete':[{'kind':'limit','id':'kept'}]}                                       | /delete/0                   | used by the routes keeper
            {'set':[{'kind':'route','id':'keeper','spec':{'service':'t','limits':['kept']}}],'delete':[{'kind':'limit','id':'kept'}]} | /set/0/spec/limits/0 | deleted by this set at /delete/0
            {'set':[{'kind':'route','id':'r','spec':{'service':'s'}}],'ifRevision':99}      | /ifRevision                 | 0..3
            {'set':[{'kind':'route','id':'r','spec':{'service':'s'}}],'ifRevision':'1'}     | /ifRevision                 | whole number
            """)
    void whatIsWrongIsToldAtItsPlace(String body, String pointer, String message) throws IOException {
        apply(200, set("{'kind':'limit','id':'kept','spec':{'algorithm':'sliding-window','limit':5}}"));
        apply(200, set("{'kind':'route','id':'keeper','spec':{'service':'s','limits':['kept']}}"));
        JsonNode problem = apply(400, body);
        assertEquals("invalid-input", PlaneDoor.kind(problem));
        assertEquals(pointer == null ? "" : pointer, problem.at("/violations/0/path").textValue(), problem.toString());
        assertTrue(problem.at("/violations/0/message").textValue().contains(message), problem.toString());
        assertEquals(3, revision());
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() throws IOException {
        JsonNode problem = apply(400, "{'set':[" + FIVE + ",{'kind':'route','id':'a','spec':{'match':{'path':'x'},'servce':'s'}},"
                + "{'kind':'nothing','id':'b','spec':{}},{'kind':'instance','id':'s/h:1','spec':{'ttl':'x','weight':'y'}},"
                + "{'kind':'route','id':'c','spec':{'service':'s','limits':['none']}}],'delete':[{'kind':'route','id':'d'}],'x':1}");
        assertTrue(PlaneDoor.texts(problem.get("violations"), "path").containsAll(List.of("/x", "/set/1/spec/match/path",
                "/set/1/spec/servce", "/set/2/kind", "/set/3/spec/ttl", "/set/3/spec/weight", "/set/4/spec/limits/0",
                "/delete/0/id")), problem.toString());
        assertEquals(1, revision());
        assertEquals(0, door.get("/v1/limits").get("limits").size());
    }

    @Test
    void aBodyOfNothingButMistakesGetsABoundedAnswer() throws IOException {
        String mistakes = IntStream.range(0, 20_000).mapToObj(i -> "'x" + i + "':1").collect(Collectors.joining(","));
        JsonNode problem = apply(400, set("{'kind':'route','id':'r','spec':{" + mistakes + "}}"));
        assertEquals(SpecReader.MAX_VIOLATIONS, problem.get("violations").size());
        assertTrue(problem.at("/violations/" + (SpecReader.MAX_VIOLATIONS - 1) + "/message").textValue().startsWith("more is"),
                problem.at("/violations/999").toString());
    }

    @Test
    void aSetThatIsTooLargeSaysHowToSplitIt() throws IOException {
        String most = IntStream.range(0, 128).mapToObj(i -> "{'kind':'route','id':'r" + i + "','spec':{'service':'s'}}")
                .collect(Collectors.joining(","));
        assertEquals(128, apply(200, set(most)).get("changes").size());
        assertEquals(2, revision());
        JsonNode problem = apply(400, set(most, FIVE));
        assertTrue(problem.get("detail").textValue().contains("nothing was stored"), problem.toString());
        assertTrue(problem.at("/violations/0/message").textValue().contains("has 129 objects (expected: at most 128"),
                problem.toString());
        apply(200, set(FIVE));
        problem = apply(400, set(most.replace("'service':'s'", "'service':'s','limits':['five']")));
        assertTrue(problem.at("/violations/0/message").textValue().contains("needs 129 checks"), problem.toString());
        assertEquals(3, revision());
    }

    @Test
    void ifRevisionRefusesWhatOthersChangedMeanwhile() throws IOException {
        apply(200, set(FIVE)); // 2
        apply(200, set("{'kind':'route','id':'a','spec':{'service':'s'}}")); // 3
        String change = "{'set':[{'kind':'route','id':'a','spec':{'service':'t'}}," + FIVE + "],'ifRevision':2}";
        JsonNode problem = apply(409, change);
        assertEquals("conflict", PlaneDoor.kind(problem));
        assertEquals("[{\"path\":\"/set/0\",\"kind\":\"route\",\"id\":\"a\",\"revision\":3}]",
                problem.get("conflicts").toString());
        assertTrue(problem.get("detail").textValue().contains("route \"a\" by revision 3"), problem.toString());
        assertEquals(409, door.call("POST", "/v1/changes?dryRun=true", change.replace('\'', '"')).status());
        assertEquals(3, revision());
        apply(200, change.replace("'ifRevision':2", "'ifRevision':3")); // 4; others may change other things
        apply(200, set("{'kind':'route','id':'elsewhere','spec':{'service':'s'}}")); // 5
        apply(200, change.replace("'t'", "'u'").replace("'ifRevision':2", "'ifRevision':4")); // 6

        door.expect(204, "DELETE", "/v1/routes/a", ""); // 7
        apply(200, set("{'kind':'route','id':'elsewhere','spec':{'service':'t'}}")); // 8
        problem = apply(409, change.replace("'ifRevision':2", "'ifRevision':6"));
        assertEquals(7, problem.at("/conflicts/0/revision").longValue());
        apply(200, change.replace("'ifRevision':2", "'ifRevision':7")); // 9
        assertEquals(409, door.call("POST", "/v1/changes",
                change.replace("'ifRevision':2", "'ifRevision':0").replace('\'', '"')).status()); // 0: only what is new
        apply(200, "{'set':[{'kind':'route','id':'new','spec':{'service':'t'}}],'ifRevision':0}");
    }

    @Test
    void ifRevisionBelowTheCompactedOneIsRefusedOnlyWhenNobodyCanTell() throws IOException {
        apply(200, set(FIVE)); // 2
        apply(200, set("{'kind':'route','id':'a','spec':{'service':'s'}}")); // 3
        apply(200, set("{'kind':'route','id':'a','spec':{'service':'t'}}")); // 4
        door.plane.store.compact(4);
        apply(200, "{'set':[" + FIVE.replace("5}", "6}") + "],'ifRevision':2}");
        JsonNode problem = apply(410, "{'set':[{'kind':'route','id':'absent','spec':{'service':'t'}}],'ifRevision':2}");
        assertEquals(4, problem.get("oldest").longValue());
    }

    @Test
    void ofTwoSetsThatRaceOneWins() throws Exception {
        apply(200, set("{'kind':'route','id':'a','spec':{'service':'s0'}}", "{'kind':'route','id':'b','spec':{'service':'s0'}}"));
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 1; round <= 20; round++) {
                long seen = revision();
                List<Callable<Integer>> racers = List.of(race(round, "x", seen), race(round, "y", seen));
                List<Integer> statuses = clients.invokeAll(racers).stream().map(Future::resultNow).sorted().toList();
                assertEquals(List.of(200, 409), statuses);
                assertEquals(seen + 1, revision());
            }
        }
    }

    private Callable<Integer> race(int round, String who, long seen) {
        String spec = "'spec':{'service':'" + who + round + "'}}";
        String body = "{'set':[{'kind':'route','id':'a'," + spec + ",{'kind':'route','id':'b'," + spec + "],'ifRevision':" + seen
                + "}";
        return () -> door.call("POST", "/v1/changes", body.replace('\'', '"')).status();
    }

    @Test
    void nobodyEverSeesHalfASet() throws Exception {
        flip(0);
        try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
            Future<?> flips = writer.submit(() -> {
                for (int round = 1; round <= 100; round++) {
                    flip(round);
                }
                return null;
            });
            int reads = 0;
            while (!flips.isDone() || reads < 10) {
                JsonNode routes = door.get("/v1/routes").get("routes");
                assertEquals(routes.at("/0/service"), routes.at("/1/service"));
                assertEquals(routes.at("/0/revision"), routes.at("/1/revision"));
                RouteMatcher plan = door.plane.live.current().routes();
                assertEquals(target(plan, "/a"), target(plan, "/b"));
                reads++;
            }
            flips.get();
        }
        assertEquals(102, revision());
    }

    private static Target target(RouteMatcher plan, String path) {
        return plan.match("GET", "", path, null, HeadersOf.none()).target();
    }

    private void flip(int round) throws IOException {
        String spec = "'spec':{'match':{'path':'/PATH'},'service':'s" + round + "'}}";
        apply(200, set("{'kind':'route','id':'a'," + spec.replace("PATH", "a"),
                "{'kind':'route','id':'b'," + spec.replace("PATH", "b")));
    }

    /// A limit that is deleted while a route begins to use it: one of the two gives way.
    @Test
    void aRouteNeverLosesItsLimitToARace() throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 20; round++) {
                apply(200, set(FIVE));
                List<Callable<Integer>> racers = List.of(
                        () -> door.call("POST", "/v1/changes", set(USERS).replace('\'', '"')).status(),
                        () -> door.call("POST", "/v1/changes", "{\"delete\":[{\"kind\":\"limit\",\"id\":\"five\"}]}").status());
                List<Integer> statuses = clients.invokeAll(racers).stream().map(Future::resultNow).sorted().toList();
                assertEquals(List.of(200, 400), statuses);
                assertEquals(List.of(), List.copyOf(door.plane.planner.problems().keySet()));
                if (door.get("/v1/routes").get("routes").size() > 0) {
                    apply(200, "{'delete':[{'kind':'route','id':'users'},{'kind':'limit','id':'five'}]}");
                }
            }
        }
    }

    @Test
    void whatAnotherClientBrokeCanBeMendedAndDeleted() throws IOException {
        door.plane.store.commit(Txn.of(Txn.Op.put(Bytes.utf8("/shanhai/routes/a b"), Bytes.utf8("nonsense")),
                Txn.Op.put(Bytes.utf8("/shanhai/routes/r"), Bytes.utf8("nonsense"))));
        assertEquals(List.of("updated route r", "deleted route a b"), told(apply(200,
                "{'set':[{'kind':'route','id':'r','spec':{'service':'s'}}],'delete':[{'kind':'route','id':'a b'}]}")));
        assertEquals(List.of(), List.copyOf(door.plane.planner.problems().keySet()));
    }

    @Test
    void decimalsAreStoredDigitByDigit() throws IOException {
        apply(200, set("{'kind':'route','id':'r','spec':{'respond':{'body':{'n':12345678901234567890.123456789}}}}"));
        String stored = door.plane.store.range(RangeRequest.key(Bytes.utf8("/shanhai/routes/r"))).kvs().getFirst().value().text();
        assertTrue(stored.contains("12345678901234567890.123456789"), stored);
    }
}
