package io.shanhai.admin.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.shanhai.admin.Json;
import io.shanhai.admin.ProblemException;
import java.nio.charset.StandardCharsets;

/// What is stored, for an answer.
final class StoredJson {

    private StoredJson() {}

    /// The value as JSON; as a string when another client wrote something that is none.
    static JsonNode of(String value) {
        try {
            return Json.parse(value.getBytes(StandardCharsets.UTF_8));
        } catch (ProblemException _) {
            return TextNode.valueOf(value);
        }
    }
}
