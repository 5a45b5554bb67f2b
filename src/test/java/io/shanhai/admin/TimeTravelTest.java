package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `?at=`, `/v1/changes/{revision}` and `/v1/changes` over HTTP.
class TimeTravelTest {

    @TempDir
    Path folder;

    private PlaneDoor door;

    @BeforeEach
    void start() throws IOException {
        door = new PlaneDoor(folder);
        door.put("/v1/limits/five", "{'algorithm':'sliding-window','limit':5}"); // 2
        door.put("/v1/routes/a", "{'service':'s','limits':['five']}"); // 3
        door.put("/v1/registry/s/127.0.0.1:1", "{'ttl':'none','zone':'z1'}"); // 4
        door.put("/v1/routes/a", "{'service':'t'}"); // 5
        door.put("/v1/registry/s/127.0.0.1:2", "{'ttl':'none'}"); // 6
        door.expect(204, "DELETE", "/v1/registry/s/127.0.0.1:1", ""); // 7
        door.expect(204, "DELETE", "/v1/routes/a", ""); // 8
    }

    @AfterEach
    void stop() {
        door.close();
    }

    @Test
    void singleObjectsAreReadAsTheyWere() throws IOException {
        JsonNode route = door.get("/v1/routes/a?at=4");
        assertEquals("s", route.get("service").textValue());
        assertEquals(3, route.get("revision").longValue());
        assertEquals(4, route.get("at").longValue());
        assertEquals("t", door.get("/v1/routes/a?at=7").get("service").textValue());
        assertEquals(404, door.call("GET", "/v1/routes/a", "").status());
        assertEquals(404, door.call("GET", "/v1/routes/a?at=2", "").status());
        assertEquals(404, door.call("GET", "/v1/routes/a?at=8", "").status());
        assertFalse(door.get("/v1/limits/five").has("at"));
        door.expect(200, "PUT", "/v1/routes/a", route.toString()); // what was can be put again as it was told
        assertEquals("s", door.get("/v1/routes/a").get("service").textValue());
    }

    @Test
    void listsAreReadAsTheyWere() throws IOException {
        assertEquals(0, door.get("/v1/routes?at=2").get("routes").size());
        RawHttp.Response then = door.call("GET", "/v1/routes?at=5", "");
        assertEquals("5", then.headers().get("x-shanhai-rev"));
        assertEquals("t", then.json().at("/routes/0/service").textValue());
        assertEquals(5, then.json().get("at").longValue());
        assertEquals(1, door.get("/v1/limits?at=2").get("limits").size());
        assertEquals(0, door.get("/v1/limits?at=1").get("limits").size());
        assertFalse(door.get("/v1/routes").has("at"));
    }

    @Test
    void theRegistryIsReadAsItWas() throws IOException {
        JsonNode service = door.get("/v1/registry/s?at=6");
        assertEquals(List.of("127.0.0.1:1", "127.0.0.1:2"), PlaneDoor.texts(service.get("instances"), "address"));
        assertEquals("z1", service.at("/instances/0/zone").textValue());
        assertEquals(6, service.get("at").longValue());
        assertEquals(6, service.get("revision").longValue());
        assertEquals(0, door.get("/v1/registry/s?at=3").get("instances").size());
        assertEquals("[{\"service\":\"s\",\"instances\":2}]", door.get("/v1/registry?at=6").get("services").toString());
        assertEquals("[]", door.get("/v1/registry?at=3").get("services").toString());
        assertEquals("?at", door.expect(400, "GET", "/v1/registry/s?at=3&watch=true", "").at("/violations/0/path").textValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/routes", "/v1/routes/a", "/v1/limits", "/v1/limits/five", "/v1/registry", "/v1/registry/s"})
    void aRevisionThatCannotBeReadIsRefused(String path) throws IOException {
        for (String at : List.of("9", "0", "-1", "x", "1.5", "", "99999999999999999999")) {
            JsonNode problem = door.expect(400, "GET", path + "?at=" + at, "");
            assertEquals("?at", problem.at("/violations/0/path").textValue(), problem.toString());
        }
        assertEquals(400, door.call("GET", path + "?at=2&at=3", "").status());
        door.plane.store.compact(5);
        JsonNode problem = door.expect(410, "GET", path + "?at=4", "");
        assertEquals("compacted", PlaneDoor.kind(problem));
        assertEquals(5, problem.get("oldest").longValue());
        assertTrue(problem.get("detail").textValue().contains("the oldest that can be read is 5"), problem.toString());
        door.get(path + "?at=5");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"1|", "2|created limit five", "3|created route a", "4|created instance s/127.0.0.1:1",
            "5|updated route a", "7|deleted instance s/127.0.0.1:1", "8|deleted route a"})
    void aRevisionTellsWhatItChangedAndWhoServesIt(long revision, String change) throws IOException {
        JsonNode answer = door.get("/v1/changes/" + revision);
        assertEquals(revision, answer.get("revision").longValue());
        assertTrue(answer.get("live").booleanValue());
        assertEquals("[{\"id\":\"test\",\"served\":8,\"live\":true}]", answer.get("nodes").toString());
        assertEquals(change == null ? 0 : 1, answer.get("changes").size());
        if (change != null) {
            JsonNode only = answer.at("/changes/0");
            assertEquals(change, only.get("action").textValue() + " " + only.get("kind").textValue() + " "
                    + only.get("id").textValue());
        }
    }

    @Test
    void aRevisionOfAnotherClientIsTold() throws IOException {
        door.plane.store.commit(Txn.of(Txn.Op.put(Bytes.utf8("foo"), Bytes.utf8("bar")),
                Txn.Op.put(Bytes.utf8("/shanhai/limits/five"), Bytes.utf8("{\"algorithm\":\"sliding-window\",\"limit\":5}"))));
        JsonNode answer = door.get("/v1/changes/9");
        assertEquals(1, answer.get("otherKeys").intValue());
        assertEquals("unchanged", answer.at("/changes/0/action").textValue()); // written, and the same again
    }

    @Test
    void aRevisionThatIsNotThereOrWasCompactedIsSaid() throws IOException {
        assertTrue(door.expect(404, "GET", "/v1/changes/9", "").get("detail").textValue().contains("the newest is 8"));
        assertEquals(400, door.call("GET", "/v1/changes/x", "").status());
        assertEquals(400, door.call("GET", "/v1/changes/0", "").status());
        door.plane.store.compact(5);
        JsonNode old = door.get("/v1/changes/5");
        assertTrue(old.get("live").booleanValue());
        assertFalse(old.has("changes"));
        assertTrue(old.get("reason").textValue().contains("the oldest that can be told is 6"), old.toString());
        assertEquals("created", door.get("/v1/changes/6").at("/changes/0/action").textValue());
    }

    @Test
    void theLatestRevisionsAreListedNewestFirst() throws IOException {
        JsonNode answer = door.get("/v1/changes?limit=3");
        assertEquals(List.of("8", "7", "6"), PlaneDoor.texts(answer.get("revisions"), "revision"));
        assertEquals("deleted", answer.at("/revisions/0/changes/0/action").textValue());
        assertEquals(8, door.get("/v1/changes").get("revisions").size());
        door.plane.store.compact(6);
        answer = door.get("/v1/changes");
        assertEquals(List.of("8", "7"), PlaneDoor.texts(answer.get("revisions"), "revision"));
        assertEquals(7, answer.get("oldest").longValue());
        door.plane.store.compact(8);
        assertEquals(0, door.get("/v1/changes").get("revisions").size());
        for (String limit : List.of("0", "101", "x")) {
            assertEquals(400, door.call("GET", "/v1/changes?limit=" + limit, "").status());
        }
    }
}
