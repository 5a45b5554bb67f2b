package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `GET /v1/diff` over HTTP.
class DiffTest {

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

    private static List<String> told(JsonNode diff) {
        List<String> told = new ArrayList<>();
        diff.get("changes").forEach(change -> told.add(change.get("action").textValue() + " " + change.get("kind").textValue()
                + " " + change.get("id").textValue()));
        return told;
    }

    @Test
    void tellsWhatWasCreatedUpdatedAndDeleted() throws IOException {
        door.put("/v1/limits/five", "{'algorithm':'sliding-window','limit':5}"); // 2
        door.put("/v1/routes/gone", "{'service':'s'}"); // 3
        door.put("/v1/routes/same", "{'service':'s'}"); // 4
        door.put("/v1/routes/users", "{'match':{'path':'/a','methods':['GET','PUT']},'service':'s','timeout':'1s'}"); // 5
        door.put("/v1/routes/users", "{'match':{'path':'/b','methods':['GET']},'service':'s','limits':['five']}"); // 6
        door.expect(204, "DELETE", "/v1/routes/gone", ""); // 7
        door.put("/v1/routes/new", "{'service':'s'}"); // 8
        door.put("/v1/registry/s/127.0.0.1:1", "{'ttl':'none','weight':7}"); // 9
        door.put("/v1/routes/same", "{'service':'t'}"); // 10
        door.put("/v1/routes/same", "{'service':'s'}"); // 11: as it was

        JsonNode diff = door.get("/v1/diff?from=5");
        assertEquals(5, diff.get("from").longValue());
        assertEquals(11, diff.get("to").longValue());
        assertEquals(List.of("deleted route gone", "created route new", "updated route users", "created instance s/127.0.0.1:1"),
                told(diff));
        assertFalse(diff.get("more").booleanValue());
        JsonNode gone = diff.at("/changes/0");
        assertEquals("s", gone.at("/before/service").textValue());
        assertFalse(gone.has("after"));
        assertFalse(gone.has("revision"));
        JsonNode updated = diff.at("/changes/2");
        assertEquals(6, updated.get("revision").longValue());
        assertEquals("/a", updated.at("/before/match/path").textValue());
        assertEquals("/b", updated.at("/after/match/path").textValue());
        assertEquals("[{\"op\":\"remove\",\"path\":\"/timeout\"},{\"op\":\"replace\",\"path\":\"/match/path\",\"value\":\"/b\"},"
                + "{\"op\":\"remove\",\"path\":\"/match/methods/1\"},{\"op\":\"add\",\"path\":\"/limits\",\"value\":[\"five\"]}]",
                updated.get("patch").toString());
        assertEquals(7, diff.at("/changes/3/after/weight").intValue());
        assertEquals(List.of("created limit five"), told(door.get("/v1/diff?from=1&to=2")));
        assertEquals(List.of(), told(door.get("/v1/diff?from=11")));
        assertEquals(List.of("created instance s/127.0.0.1:1"), told(door.get("/v1/diff?from=5&kind=instance")));
        assertEquals(List.of(), told(door.get("/v1/diff?from=2&to=11&kind=limit")));
    }

    @Test
    void whatIsNoJsonIsToldAsText() throws IOException {
        Bytes key = Bytes.utf8("/services/s/127.0.0.1:1");
        door.plane.store.commit(Txn.of(Op.put(key, Bytes.utf8("alive"))));
        door.plane.store.commit(Txn.of(Op.put(key, Bytes.utf8("{\"weight\":3}"))));
        JsonNode change = door.get("/v1/diff?from=2").at("/changes/0");
        assertEquals("alive", change.get("before").textValue());
        assertEquals("[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"weight\":3}}]", change.get("patch").toString());
    }

    /// Random histories against a model that keeps every state whole, read in pages of every size.
    @Test
    void isWhatTwoWholeStatesDifferIn() throws IOException {
        Random random = new Random(20_260_102);
        List<SortedMap<String, String>> states = new ArrayList<>(List.of(new TreeMap<>(), new TreeMap<>())); // by revision
        for (int i = 0; i < 60; i++) {
            SortedMap<String, String> next = new TreeMap<>(states.getLast());
            List<Op> ops = new ArrayList<>();
            for (int id : random.ints(0, 400).distinct().limit(random.nextInt(1, 20)).toArray()) {
                String key = (id % 3 == 0 ? "/shanhai/limits/" : "/shanhai/routes/") + id;
                if (next.containsKey(key) && random.nextInt(3) == 0) {
                    ops.add(Op.delete(Bytes.utf8(key)));
                    next.remove(key);
                } else {
                    String value = "{\"v\":" + random.nextInt(3) + "}";
                    ops.add(Op.put(Bytes.utf8(key), Bytes.utf8(value)));
                    next.put(key, value);
                }
            }
            door.plane.store.commit(Txn.of(ops));
            states.add(next);
        }
        for (int i = 0; i < 60; i++) {
            int from = random.nextInt(1, states.size());
            int to = random.nextInt(from, states.size());
            assertEquals(expected(states.get(from), states.get(to)), paged(from, to, random.nextInt(1, 40)),
                    from + ".." + to);
        }
    }

    private static List<String> expected(SortedMap<String, String> before, SortedMap<String, String> after) {
        List<String> expected = new ArrayList<>();
        for (String kind : List.of("route", "limit")) {
            String prefix = "/shanhai/" + kind + "s/";
            SortedMap<String, String> all = new TreeMap<>(before);
            all.putAll(after);
            all.tailMap(prefix).headMap("/shanhai/" + kind + "s0").keySet().forEach(key -> {
                String action = !before.containsKey(key) ? "created" : !after.containsKey(key) ? "deleted" : "updated";
                if (!String.valueOf(before.get(key)).equals(after.get(key))) {
                    expected.add(action + " " + kind + " " + key.substring(prefix.length()) + " " + before.get(key) + " "
                            + after.get(key));
                }
            });
        }
        return expected;
    }

    private List<String> paged(int from, int to, int limit) throws IOException {
        List<String> found = new ArrayList<>();
        String after = "";
        JsonNode diff;
        do {
            diff = door.get("/v1/diff?from=" + from + "&to=" + to + "&limit=" + limit + after);
            assertTrue(diff.get("changes").size() <= limit);
            diff.get("changes").forEach(change -> found.add(change.get("action").textValue() + " "
                    + change.get("kind").textValue() + " " + change.get("id").textValue() + " " + text(change, "before") + " "
                    + text(change, "after")));
            after = "&after=" + diff.path("next").asText();
        } while (diff.get("more").booleanValue());
        return found;
    }

    private static String text(JsonNode change, String member) {
        return change.has(member) ? change.get(member).toString() : "null";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"|?from", "from=x|?from", "from=4|?from", "from=1&to=4|?to", "from=3&to=2|?from",
            "from=1&limit=0|?limit",
            "from=1&limit=1001|?limit", "from=1&kind=rout|?kind", "from=1&after=users|?after",
            "from=1&kind=limit&after=route/a|?after"})
    void refusesAQuestionItDoesNotUnderstand(String query, String path) throws IOException {
        door.put("/v1/routes/a", "{'service':'s'}");
        door.put("/v1/routes/a", "{'service':'t'}");
        String target = "/v1/diff" + (query == null ? "" : "?" + query);
        assertEquals(path, door.expect(400, "GET", target, "").at("/violations/0/path").textValue());
    }

    @Test
    void belowTheCompactedRevisionHistoryIsGone() throws IOException {
        door.put("/v1/routes/a", "{'service':'s'}"); // 2
        door.put("/v1/routes/a", "{'service':'t'}"); // 3
        door.put("/v1/routes/a", "{'service':'u'}"); // 4
        door.plane.store.compact(3);
        JsonNode problem = door.expect(410, "GET", "/v1/diff?from=2", "");
        assertEquals(3, problem.get("oldest").longValue());
        assertEquals("\"t\"", door.get("/v1/diff?from=3").at("/changes/0/before/service").toString());
    }
}
