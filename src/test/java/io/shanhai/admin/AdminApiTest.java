package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import io.shanhai.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Registry, routes and limits over HTTP, on the real store, registry and planner.
class AdminApiTest {

    private static final String USERS = "/v1/registry/user-svc/10.1.1.3:8080";

    @TempDir
    Path folder;

    private EmbeddedStore store;
    private PlaneDoor door;

    @BeforeEach
    void start() {
        door = new PlaneDoor(folder);
        store = door.plane.store;
    }

    @AfterEach
    void stop() {
        door.close();
    }

    @Test
    void aRegisteredInstanceIsListedAtOnce() throws IOException {
        JsonNode done = expect(200, "PUT", USERS,
                "{\"ttl\":\"20s\",\"weight\":50,\"zone\":\"z1\",\"tags\":{\"v\":\"2\"},\"metadata\":{\"owner\":\"me\"}}");
        assertEquals("user-svc", done.get("service").textValue());
        assertEquals("10.1.1.3:8080", done.get("address").textValue());
        assertEquals(20, done.get("ttlSeconds").longValue());
        assertTrue(done.get("live").booleanValue());
        assertTrue(done.get("leaseId").longValue() > 0);
        JsonNode service = expect(200, "GET", "/v1/registry/user-svc", "");
        assertEquals(done.get("revision").longValue(), service.get("revision").longValue());
        JsonNode instance = service.at("/instances/0");
        assertEquals("10.1.1.3:8080", instance.get("address").textValue());
        assertEquals("UP", instance.get("status").textValue());
        assertEquals(50, instance.get("weight").intValue());
        assertEquals("z1", instance.get("zone").textValue());
        assertEquals("2", instance.at("/tags/v").textValue());
        assertEquals("me", instance.at("/metadata/owner").textValue());
        assertEquals(done.get("leaseId"), instance.get("leaseId"));
        assertEquals(done.get("revision"), instance.get("modRevision"));
        assertEquals("[{\"service\":\"user-svc\",\"instances\":1}]",
                expect(200, "GET", "/v1/registry", "").get("services").toString());
    }

    @Test
    void aRegistrationWithoutBodyHasTheDefaults() throws IOException {
        assertEquals(10, expect(200, "PUT", USERS, "").get("ttlSeconds").longValue());
        assertEquals(0, expect(200, "PUT", "/v1/registry/user-svc/[::1]:9", "{\"ttl\":\"none\"}").get("leaseId").longValue());
        assertEquals("[::1]:9", expect(200, "GET", "/v1/registry/user-svc", "").at("/instances/1/address").textValue());
    }

    @Test
    void heartbeatsAndDeregistrationTellWhetherItWasKnown() throws IOException {
        expect(200, "PUT", USERS, "{}");
        expect(204, "POST", USERS + "/heartbeat", "");
        RawHttp.Response gone = call("DELETE", USERS, "");
        assertEquals(204, gone.status());
        assertEquals("true", gone.headers().get("x-shanhai-live"));
        assertEquals(Long.toString(store.revision()), gone.headers().get("x-shanhai-rev"));
        assertEquals("not-found", kind(expect(404, "POST", USERS + "/heartbeat", "")));
        assertEquals("not-found", kind(expect(404, "DELETE", USERS, "")));
        JsonNode service = expect(200, "GET", "/v1/registry/user-svc", "");
        assertEquals(0, service.get("instances").size());
        assertEquals("deregistered", service.at("/departed/0/why").textValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/registry/user-svc/10.1.1.3", "/v1/registry/user-svc/10.1.1.3:0",
            "/v1/registry/user-svc/::1:80", "/v1/registry/-svc/10.1.1.3:80", "/v1/registry/a%20b/10.1.1.3:80"})
    void aMalformedServiceOrAddressIsRefused(String path) throws IOException {
        assertEquals("invalid-input", kind(expect(400, "PUT", path, "{}")));
        assertEquals("invalid-input", kind(expect(400, "POST", path + "/heartbeat", "")));
        assertEquals("invalid-input", kind(expect(400, "DELETE", path, "")));
        assertEquals(1, store.revision());
    }

    @Test
    void aWatchTellsTheStateThenEachChangeThenResumes() throws IOException {
        long first = expect(200, "PUT", USERS, "{}").get("revision").longValue();
        try (RawHttp client = watch("/v1/registry/user-svc", "")) {
            assertEquals("id: " + first, client.lineStartingWith("id:"));
            assertEquals("event: service", client.line());
            assertEquals(1, data(client).get("instances").size());
            expect(200, "PUT", "/v1/registry/other-svc/10.1.1.9:80", "{}");
            long second = expect(200, "PUT", "/v1/registry/user-svc/10.1.1.4:8080", "{}").get("revision").longValue();
            assertEquals("id: " + second, client.lineStartingWith("id:"));
            assertEquals(2, data(client).get("instances").size());
        }
        long third = Long.parseLong(call("DELETE", USERS, "").headers().get("x-shanhai-rev"));
        try (RawHttp client = watch("/v1/registry/user-svc", "Last-Event-ID: " + first)) {
            assertEquals("id: " + third, client.lineStartingWith("id:")); // not what was seen, all that was missed
            assertEquals("10.1.1.4:8080", data(client).at("/instances/0/address").textValue());
        }
        try (RawHttp client = watch("/v1/registry/user-svc", "Last-Event-ID: " + third)) {
            long fourth = expect(200, "PUT", USERS, "{}").get("revision").longValue();
            assertEquals("id: " + fourth, client.lineStartingWith("id:")); // nothing was missed: only the news
        }
    }

    @Test
    void aWatchOfAllServicesTellsEachOfThem() throws IOException {
        expect(200, "PUT", USERS, "{}");
        expect(200, "PUT", "/v1/registry/other-svc/10.1.1.9:80", "{}");
        try (RawHttp client = watch("/v1/registry", "")) {
            assertEquals("other-svc", data(client).get("service").textValue());
            assertEquals("user-svc", data(client).get("service").textValue());
            expect(204, "DELETE", USERS, "");
            JsonNode changed = data(client);
            assertEquals("user-svc", changed.get("service").textValue());
            assertEquals(0, changed.get("instances").size());
        }
    }

    @Test
    void aRouteIsServedWhenItsWriteAnswers() throws IOException {
        expect(200, "PUT", "/v1/limits/hundred", "{\"algorithm\":\"sliding-window\",\"limit\":100,\"window\":\"1s\"}");
        JsonNode done = expect(200, "PUT", "/v1/routes/users",
                "{\"match\":{\"path\":\"/api/v1/users\"},\"service\":\"user-svc\",\"limits\":[\"hundred\"]}");
        assertEquals("users", done.get("id").textValue());
        assertTrue(done.get("live").booleanValue());
        JsonNode route = expect(200, "GET", "/v1/routes/users", "");
        assertEquals("users", route.get("id").textValue());
        assertEquals(done.get("revision"), route.get("revision"));
        assertEquals("/api/v1/users", route.at("/match/path").textValue());
        assertFalse(route.has("problem"));
        expect(200, "PUT", "/v1/routes/users", route.toString()); // what GET answers may be PUT again
        assertEquals(1, expect(200, "GET", "/v1/routes", "").get("routes").size());
        assertEquals(1, expect(200, "GET", "/v1/limits", "").get("limits").size());
        assertEquals("conflict", kind(expect(409, "DELETE", "/v1/limits/hundred", "")));
        expect(204, "DELETE", "/v1/routes/users", "");
        expect(204, "DELETE", "/v1/limits/hundred", "");
        expect(404, "GET", "/v1/routes/users", "");
        expect(404, "DELETE", "/v1/routes/users", "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            /v1/routes/r  | {"match":{"path":"/a"}}                                              |
            /v1/routes/r  | {"match":{"path":"a"},"service":"s"}                                 | /match/path
            /v1/routes/r  | {"match":{"path":"/a"},"service":"s","tiemout":"1s"}                 | /tiemout
            /v1/routes/r  | {"match":{"path":"/a"},"service":"s","limits":["none"]}              | /limits/0
            /v1/routes/r  | {"match":{"path":"/a"},"service":"s","service":"t"}                  | /service
            /v1/routes/r  | {"match":                                                            |
            /v1/limits/l  | {"algorithm":"sliding-window","limit":0,"window":"1s"}               | /limit
            /v1/limits/l  | {"algorithm":"guess"}                                                | /algorithm
            """)
    void anInvalidObjectIsRefusedWithPointersAndNotStored(String path, String json, String pointer) throws IOException {
        JsonNode problem = expect(400, "PUT", path, json);
        assertEquals("invalid-input", kind(problem));
        List<String> pointers = StreamSupport.stream(problem.get("violations").spliterator(), false)
                .map(violation -> violation.get("path").textValue()).toList();
        assertTrue(pointers.contains(pointer == null ? "" : pointer), problem.toString());
        assertEquals(1, store.revision());
    }

    @Test
    void anObjectAnotherClientBrokeTellsItsProblem() throws IOException {
        store.commit(Txn.of(Txn.Op.put(Bytes.utf8("/shanhai/routes/bad"), Bytes.utf8("not json"))));
        // The next write is served after the broken one was looked at.
        expect(200, "PUT", "/v1/routes/good", "{\"match\":{\"path\":\"/a\"},\"service\":\"s\"}");
        JsonNode routes = expect(200, "GET", "/v1/routes", "").get("routes");
        assertEquals("bad", routes.at("/0/id").textValue());
        assertTrue(routes.at("/0/problem").textValue().contains("revision 2"), routes.toString());
        assertFalse(routes.at("/1").has("problem"));
    }

    @Test
    void explainsWhichRouteWinsAndWhyOthersLose() throws IOException {
        expect(200, "PUT", "/v1/routes/api", "{\"match\":{\"path\":\"/api\"},\"service\":\"a\"}");
        expect(200, "PUT", "/v1/routes/users", "{\"match\":{\"path\":\"/api/users\",\"methods\":[\"GET\"]},\"service\":\"b\"}");
        expect(200, "PUT", "/v1/routes/blue",
                "{\"match\":{\"path\":\"/api/users\",\"headers\":{\"x-color\":\"blue\"}},\"service\":\"c\"}");
        JsonNode answer = expect(200, "POST", "/v1/explain/route",
                "{\"method\":\"GET\",\"host\":\"Example.COM:8080\",\"path\":\"/api/users?q=1\",\"headers\":{\"X-Color\":\"red\"}}");
        assertEquals("users", answer.at("/route/id").textValue());
        assertEquals(store.revision(), answer.get("revision").longValue());
        List<String> losers = StreamSupport.stream(answer.get("alternatives").spliterator(), false)
                .map(loser -> loser.get("id").textValue()).sorted().toList();
        assertEquals(List.of("api", "blue"), losers);
        answer.get("alternatives").forEach(loser -> assertFalse(loser.get("why").textValue().isEmpty()));
        answer = expect(200, "POST", "/v1/explain/route", "{\"path\":\"/elsewhere\"}");
        assertTrue(answer.get("route").isNull());
        assertEquals(3, answer.get("alternatives").size());
    }

    /// The question's path is normalised as a request's is, and every kind of match says why it lost.
    @Test
    void explainsEveryKindOfMatch() throws IOException {
        expect(200, "PUT", "/v1/routes/pattern", "{\"match\":{\"regex\":\"/api/v[0-9]+/.*\"},\"service\":\"a\"}");
        expect(200, "PUT", "/v1/routes/wild", "{\"match\":{\"host\":\"*.example.com\",\"path\":\"/api\"},\"service\":\"a\"}");
        expect(200, "PUT", "/v1/routes/tests",
                "{\"match\":{\"path\":\"/api/v1\",\"headers\":{\"a\":{\"present\":true},\"b\":{\"regex\":\"x.*\"}}},\"service\":\"a\"}");
        JsonNode answer = expect(200, "POST", "/v1/explain/route",
                "{\"path\":\"/x/../%61pi/v1/users\",\"headers\":{\"a\":\"1\"}}");
        assertEquals("pattern", answer.at("/route/id").textValue());
        assertEquals("regex /api/v[0-9]+/.*", answer.get("why").textValue());
        assertEquals("tests", answer.at("/alternatives/0/id").textValue());
        assertTrue(answer.at("/alternatives/0/why").textValue().contains("header b is missing"), answer.toString());
        assertTrue(answer.at("/alternatives/1/why").textValue().contains("*.example.com"), answer.toString());
        assertFalse(answer.has("unnamed"));
        answer = expect(200, "POST", "/v1/explain/route", "{\"host\":\"eu.example.com\",\"path\":\"/api/v1\"}");
        assertEquals("wild", answer.at("/route/id").textValue());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            {}                                    | /path
            {"path":"a"}                          | /path
            {"path":"/a%zz"}                      | /path
            {"path":"/a","method":1}              | /method
            {"path":"/a","headers":[]}            | /headers
            {"path":"/a","headers":{"x/y":1}}     | /headers/x~1y
            {"path":"/a","verb":"GET"}            | /verb
            []                                    |
            """)
    void refusesAQuestionItDoesNotUnderstand(String json, String pointer) throws IOException {
        JsonNode problem = expect(400, "POST", "/v1/explain/route", json);
        assertEquals(pointer == null ? "" : pointer, problem.at("/violations/0/path").textValue());
    }

    private RawHttp watch(String path, String header) throws IOException {
        RawHttp client = new RawHttp(door.port());
        String request = "GET " + path + "?watch=true HTTP/1.1";
        if (header.isEmpty()) {
            client.send("", request);
        } else {
            client.send("", request, header);
        }
        assertEquals("HTTP/1.1 200 OK", client.line());
        assertEquals(":", client.lineStartingWith(":")); // the stream is open: changes from here on are told
        return client;
    }

    private static JsonNode data(RawHttp client) throws IOException {
        return Json.parse(client.lineStartingWith("data:").substring("data:".length()).getBytes(StandardCharsets.UTF_8));
    }

    private RawHttp.Response call(String method, String path, String body) throws IOException {
        return RawHttp.exchange(door.port(), body, method + " " + path + " HTTP/1.1");
    }

    private JsonNode expect(int status, String method, String path, String body) throws IOException {
        RawHttp.Response response = call(method, path, body);
        assertEquals(status, response.status(), response.body());
        return status == 204 ? Json.object() : response.json();
    }

    private static String kind(JsonNode problem) {
        return problem.get("type").textValue().substring(Problems.TYPE_PREFIX.length());
    }
}
