package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/// Looks at refusals as RFC 9457 describes them.
final class Problems {

    private Problems() {}

    /// @return the document, for what else a test wants of it
    static JsonNode assertProblem(RawClient.Response response, int status, String instance, String reason)
            throws IOException {
        JsonNode json = assertProblem(response, status, reason);
        assertEquals(instance, json.path("instance").textValue());
        return json;
    }

    /// A refusal of bytes that never became a request has no instance.
    static JsonNode assertProblem(RawClient.Response response, int status, String reason) throws IOException {
        assertEquals(status, response.status(), response::text);
        assertEquals("application/problem+json", response.field("content-type"));
        assertEquals(reason, response.field("x-shanhai-reason"));
        JsonNode json = new ObjectMapper().readTree(response.body());
        assertEquals(status, json.path("status").intValue());
        assertEquals(reason, json.path("reason").textValue());
        assertFalse(json.path("type").asText().isEmpty());
        assertFalse(json.path("title").asText().isEmpty());
        assertFalse(json.path("detail").asText().isEmpty());
        return json;
    }
}
