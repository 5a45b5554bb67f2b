package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.node.StartException;
import io.shanhai.settings.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the door does with any request, whoever it is for.
class AdminDoorTest {

    @TempDir
    Path dataFolder;

    private TestDoor door;

    @BeforeEach
    void start() throws Exception {
        AdminSettings defaults = AdminSettings.forTests();
        AdminSettings settings = new AdminSettings(defaults.address(), 0, "", "", true, new DataSize(4096), 100,
                Duration.ofSeconds(1), 4, defaults.streamHeartbeat(), defaults.streamStall());
        door = new TestDoor(settings, dataFolder);
    }

    @AfterEach
    void stop() {
        door.close();
    }

    @Test
    void answersJsonWithItsMediaType() throws IOException {
        RawHttp.Response response = put("/v1/echo/a%20%3F", "{\"n\":1.50,\"t\":\"山\"}");
        assertEquals(200, response.status());
        assertEquals("application/json", response.headers().get("content-type"));
        assertEquals("a ?", response.json().get("id").textValue());
        assertEquals("山", response.json().at("/body/t").textValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::1]:8080", "%5B::1%5D:8080", "%5b%3A%3a1%5D%3A8080"})
    void takesAnIpv6AddressInThePath(String address) throws IOException {
        assertEquals("[::1]:8080", put("/v1/echo/" + address, "{}").json().get("id").textValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/v1/status", "/v1/plain", "/v1/nothing-here"})
    void answersHeadAsGetWithoutTheBody(String path) throws IOException {
        RawHttp.Response get = RawHttp.exchange(door.port(), "", "GET " + path + " HTTP/1.1");
        try (RawHttp client = new RawHttp(door.port())) {
            client.send("", "HEAD " + path + " HTTP/1.1");
            RawHttp.Response head = client.response(true);
            assertEquals(get.status(), head.status());
            assertEquals(get.headers().get("content-length"), head.headers().get("content-length"));
            assertEquals(get.headers().get("content-type"), head.headers().get("content-type"));
            assertFalse(get.body().isEmpty());
            client.send("", "GET /healthz HTTP/1.1"); // a body byte sent to HEAD would be read as this status line
            assertEquals(200, client.response(false).status());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            {                               | line 1, column 2    |
            {"a":1,}                        | line 1, column 8    |
            {"a":1}{                        | more after the JSON |
            {"a":1} x                       | line 1, column 9    |
            {"a":1,"a":2}                   | duplicate key       | /a
            {"b":[{"c":1,"c":2}]}           | duplicate key       | /b/0/c
            {"a":NaN}                       | NaN                 |
            {"a":01}                        | Leading zero        |
            {'a':1}                         | double-quote        |
            {"a":"\\ud800"}                 | unpaired surrogate  | /a
            {"a":[1,1e999]}                 | too large           | /a/1
            // comment                      | line 1, column 1    |
            """)
    void refusesMalformedJsonNamingItsPlace(String body, String message, String pointer) throws IOException {
        RawHttp.Response response = put("/v1/echo/1", body);
        JsonNode problem = assertProblem(400, "invalid-input", response);
        JsonNode violation = problem.at("/violations/0");
        assertEquals(pointer == null ? "" : pointer, violation.get("path").textValue());
        assertTrue(violation.get("message").textValue().contains(message), violation.toString());
        assertEquals("/v1/echo/1", problem.get("instance").textValue());
    }

    @Test
    void refusesAnEmptyBody() throws IOException {
        JsonNode problem = assertProblem(400, "invalid-input", put("/v1/echo/1", ""));
        assertEquals("", problem.at("/violations/0/path").textValue());
    }

    @Test
    void refusesJsonNestedDeeperThanTheBound() throws IOException {
        int deep = Json.MAX_DEPTH;
        assertEquals(200, put("/v1/echo/1", "[".repeat(deep) + "]".repeat(deep)).status());
        assertProblem(400, "invalid-input", put("/v1/echo/1", "[".repeat(deep + 1) + "]".repeat(deep + 1)));
    }

    @Test
    void refusesABodyThatIsNotUtf8() throws IOException {
        try (RawHttp client = new RawHttp(door.port())) {
            byte[] latin1 = "{\"a\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1);
            client.write(("PUT /v1/echo/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + latin1.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            client.write(latin1);
            JsonNode problem = assertProblem(400, "invalid-input", client.response(false));
            assertTrue(problem.get("detail").textValue().contains("UTF-8"));
        }
    }

    @Test
    void refusesACompressedBody() throws IOException {
        assertProblem(400, "bad-request", RawHttp.exchange(door.port(), "{}", "PUT /v1/echo/1 HTTP/1.1",
                "Content-Encoding: gzip"));
    }

    @Test
    void refusesABodyAboveTheBoundDeclaredOrChunked() throws IOException {
        String large = "\"" + "x".repeat(5000) + "\"";
        assertProblem(413, "too-large", put("/v1/echo/1", large));
        String chunk = Integer.toHexString(large.length()) + "\r\n" + large + "\r\n0\r\n\r\n";
        try (RawHttp client = new RawHttp(door.port())) {
            client.write(("PUT /v1/echo/1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
                    .getBytes(StandardCharsets.US_ASCII));
            assertProblem(413, "too-large", client.response(false));
        }
    }

    @Test
    void tellsTheAllowedMethods() throws IOException {
        RawHttp.Response response = RawHttp.exchange(door.port(), "", "POST /v1/echo/1 HTTP/1.1");
        assertProblem(405, "method-not-allowed", response);
        assertEquals("PUT, DELETE", response.headers().get("allow"));
        response = RawHttp.exchange(door.port(), "", "DELETE /healthz HTTP/1.1");
        assertEquals("GET, HEAD", response.headers().get("allow"));
        response = RawHttp.exchange(door.port(), "", "OPTIONS /healthz HTTP/1.1");
        assertEquals(204, response.status());
        assertEquals("GET, HEAD", response.headers().get("allow"));
    }

    @Test
    void namesPathsNearAnUnknownOne() throws IOException {
        JsonNode problem = assertProblem(404, "no-such-path",
                RawHttp.exchange(door.port(), "", "GET /v1/statsu HTTP/1.1"));
        assertEquals("/v1/status", problem.at("/near/0").textValue());
        problem = assertProblem(404, "no-such-path",
                RawHttp.exchange(door.port(), "", "GET /completely/other/thing/altogether HTTP/1.1"));
        assertEquals(0, problem.get("near").size());
    }

    @Test
    void hidesWhatBrokeBehindAnErrorId() throws IOException {
        RawHttp.Response response = RawHttp.exchange(door.port(), "", "GET /v1/broken HTTP/1.1");
        JsonNode problem = assertProblem(500, "internal", response);
        assertFalse(response.body().contains("secret detail"));
        assertFalse(response.body().contains("IllegalState"));
        assertTrue(problem.get("detail").textValue().contains(problem.get("error").textValue()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/9.9", "GET /a b HTTP/1.1", "G<T /healthz HTTP/1.1",
            "GET /healthz HTTP/1.1\r\nbad header", "GET /healthz HTTP/1.1\r\nContent-Length: 1x"})
    void answersMalformedRequestsWithAProblem(String head) throws IOException {
        RawHttp.Response response = RawHttp.exchange(door.port(), "", head);
        assertEquals("application/problem+json", response.headers().get("content-type"), response.toString());
        assertEquals(400, response.status(), response.toString());
        assertEquals(response.status(), response.json().get("status").intValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /healthz HTTP/1.1\r\nHost: local",
            "PUT /v1/echo/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n{",
            "PUT /v1/echo/1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"})
    void closesAConnectionThatStallsInTheMiddleOfARequest(String part) throws IOException {
        try (RawHttp client = new RawHttp(door.port())) {
            client.write(part.getBytes(StandardCharsets.US_ASCII));
            assertTrue(client.isAtEnd());
        }
    }

    @Test
    void closesAConnectionThatIsIdle() throws IOException {
        try (RawHttp client = new RawHttp(door.port())) {
            client.send("", "GET /healthz HTTP/1.1");
            assertEquals(200, client.response(false).status());
            assertTrue(client.isAtEnd());
        }
    }

    @Test
    void speaksHttp11Only() throws IOException {
        try (RawHttp client = new RawHttp(door.port())) {
            client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertTrue(client.line().startsWith("HTTP/1.1 "));
        }
        RawHttp.Response response = RawHttp.exchange(door.port(), "", "GET /healthz HTTP/1.1",
                "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__");
        assertEquals(200, response.status());
    }

    @Test
    void healthAndReadinessTellTheRooms() throws IOException {
        assertEquals("{\"status\":\"UP\"}", get("/healthz").body());
        RawHttp.Response starting = get("/readyz");
        assertEquals(503, starting.status());
        assertEquals("store", starting.json().at("/awaited/0").textValue());
        door.readiness.up("store");
        door.readiness.up("plan");
        door.readiness.skipped("nacos", "port 8848 is in use");
        RawHttp.Response up = get("/readyz");
        assertEquals(200, up.status());
        assertEquals("SKIPPED", up.json().at("/rooms/nacos/state").textValue());
        assertEquals("port 8848 is in use", up.json().at("/rooms/nacos/why").textValue());
        door.readiness.drain();
        RawHttp.Response draining = get("/readyz");
        assertEquals(503, draining.status());
        assertEquals("DRAINING", draining.json().get("status").textValue());
        assertEquals(200, get("/healthz").status());
    }

    @Test
    void statusTellsRevisionsAndPorts() throws IOException {
        JsonNode status = get("/v1/status").json();
        assertEquals("0.1.0", status.get("version").textValue());
        assertEquals(42, status.get("revision").longValue());
        assertEquals(41, status.get("servedRevision").longValue());
        assertEquals(1.5, status.get("uptimeSeconds").doubleValue());
        assertEquals(9080, status.at("/ports/admin").intValue());
        assertEquals("STARTING", status.at("/rooms/plan/state").textValue());
    }

    @Test
    void aPortInUseFailsTheStartAndIsNamed() {
        AdminSettings taken = new AdminSettings("127.0.0.1", door.port(), "", "", true, new DataSize(4096), 10,
                Duration.ofSeconds(1), 1, Duration.ofSeconds(15), Duration.ofSeconds(30));
        StartException thrown = assertThrows(StartException.class, () -> new TestDoor(taken, dataFolder).close());
        assertTrue(thrown.getMessage().contains("127.0.0.1:" + door.port()), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("--offset 100"), thrown.getMessage());
    }

    @Test
    void closeEndsAcceptingAndMayBeCalledTwice() throws IOException {
        int port = door.port();
        door.close();
        door.close();
        assertThrows(IOException.class, () -> new RawHttp(port).close());
    }

    private RawHttp.Response get(String path) throws IOException {
        return RawHttp.exchange(door.port(), "", "GET " + path + " HTTP/1.1");
    }

    private RawHttp.Response put(String path, String body) throws IOException {
        return RawHttp.exchange(door.port(), body, "PUT " + path + " HTTP/1.1");
    }

    private static JsonNode assertProblem(int status, String kind, RawHttp.Response response) {
        assertEquals(status, response.status(), response.body());
        assertEquals("application/problem+json", response.headers().get("content-type"));
        JsonNode problem = response.json();
        assertEquals("urn:shanhai:problem:" + kind, problem.get("type").textValue());
        assertEquals(status, problem.get("status").intValue());
        for (String member : new String[]{"title", "detail", "instance"}) {
            assertTrue(problem.hasNonNull(member), member + " of " + problem);
        }
        return problem;
    }
}
