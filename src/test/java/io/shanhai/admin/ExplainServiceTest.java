package io.shanhai.admin;

import static io.shanhai.collector.SpansForTests.START;
import static io.shanhai.collector.SpansForTests.decision;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.decision.Decision.Stage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainServiceTest {

    private static final String TARGET = "/v1/explain/000000000000abcd0000000000000007";

    private TelemetryDoor door;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        door = new TelemetryDoor(folder, START);
        door.decisions.offer(decision(7, 1, Stage.ROUTE, "users", "matched", List.of("path", "/users")));
        door.decisions.offer(decision(7, 1, Stage.RESPONSE, "ok", "200", List.of("millis", "1.5")));
    }

    @AfterEach
    void close() {
        door.close();
    }

    @ParameterizedTest
    @CsvSource(value = {"''", "*/*", "application/json", "text/plain;q=0.5, application/json",
            "text/html, */*;q=0.8"}, delimiter = '|')
    void answersJson(String accept) throws Exception {
        HttpResponse<String> response = accept.isEmpty() ? door.get(TARGET) : door.get(TARGET, "Accept", accept);
        assertEquals(200, response.statusCode());
        assertEquals("application/json", response.headers().firstValue("content-type").orElseThrow());
        JsonNode json = TelemetryDoor.json(response);
        assertEquals("000000000000abcd0000000000000007", json.get("traceId").textValue());
        assertEquals(200, json.get("status").intValue());
        assertEquals("users", json.at("/route/id").textValue());
        assertEquals(2, json.get("decisions").size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "text/plain, application/json;q=0.9", "text/*"})
    void answersTextWhenThatIsPreferred(String accept) throws Exception {
        HttpResponse<String> response = door.get(TARGET, "Accept", accept);
        assertEquals("text/plain; charset=utf-8", response.headers().firstValue("content-type").orElseThrow());
        assertTrue(response.body().contains("route     users matched (path /users)\n"), response.body());
    }

    @Test
    void missingTraceSaysWhyItMayBeMissing() throws Exception {
        HttpResponse<String> response = door.get("/v1/explain/4bf92f3577b34da6a3ce929d0e0e4736");
        assertEquals(404, response.statusCode());
        assertEquals("application/problem+json", response.headers().firstValue("content-type").orElseThrow());
        String detail = TelemetryDoor.json(response).get("detail").textValue();
        for (String word : List.of("not sampled", "trace.sample-rate", "evicted since start: 0", "x-shanhai-explain")) {
            assertTrue(detail.contains(word), detail);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xyz", "0", "00000000000000000000000000000000", "4bf92f3577b34da6a3ce929d0e0e47360",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
    void malformedIdIsA400ThatSaysWhatIsExpected(String id) throws Exception {
        HttpResponse<String> response = door.get("/v1/explain/" + id);
        assertEquals(400, response.statusCode());
        assertEquals("application/problem+json", response.headers().firstValue("content-type").orElseThrow());
        assertTrue(TelemetryDoor.json(response).get("detail").textValue().contains("expected: 1 to 32 hex digits"));
    }
}
