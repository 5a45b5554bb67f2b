package io.shanhai.admin.objects;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.admin.Json;

/// What turns one JSON value into another: RFC 6902 with `add`, `remove` and `replace`. Pure.
final class JsonPatch {

    private final ArrayNode operations = Json.mapper().createArrayNode();

    private JsonPatch() {}

    /// @return to be carried out in order
    static ArrayNode between(JsonNode before, JsonNode after) {
        JsonPatch patch = new JsonPatch();
        patch.compare(JsonPointer.empty(), before, after);
        return patch.operations;
    }

    private void compare(JsonPointer at, JsonNode before, JsonNode after) {
        if (before.equals(after)) {
            return;
        }
        if (before instanceof ObjectNode old && after instanceof ObjectNode now) {
            compareFields(at, old, now);
        } else if (before instanceof ArrayNode old && after instanceof ArrayNode now) {
            compareItems(at, old, now);
        } else {
            add("replace", at).set("value", after);
        }
    }

    private void compareFields(JsonPointer at, ObjectNode before, ObjectNode after) {
        before.fieldNames().forEachRemaining(name -> {
            if (!after.has(name)) {
                add("remove", at.appendProperty(name));
            }
        });
        after.properties().forEach(field -> {
            JsonPointer below = at.appendProperty(field.getKey());
            if (before.has(field.getKey())) {
                compare(below, before.get(field.getKey()), field.getValue());
            } else {
                add("add", below).set("value", field.getValue());
            }
        });
    }

    /// Place by place: lists here are short, and which item "moved" nobody knows.
    private void compareItems(JsonPointer at, ArrayNode before, ArrayNode after) {
        int shared = Math.min(before.size(), after.size());
        for (int i = 0; i < shared; i++) {
            compare(at.appendIndex(i), before.get(i), after.get(i));
        }
        for (int i = before.size() - 1; i >= shared; i--) { // from the end, so that the places before stay where they are
            add("remove", at.appendIndex(i));
        }
        for (int i = shared; i < after.size(); i++) {
            add("add", at.appendIndex(i)).set("value", after.get(i));
        }
    }

    private ObjectNode add(String operation, JsonPointer at) {
        return operations.addObject().put("op", operation).put("path", at.toString());
    }
}
