package io.shanhai.admin.objects;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A patch, carried out as RFC 6902 says, turns the one into the other.
class JsonPatchTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NAMES = List.of("a", "b", "c~d", "e/f", "~1", "", "0");

    @Test
    void turnsAnyValueIntoAnyOther() {
        Random random = new Random(6902);
        for (int i = 0; i < 5_000; i++) {
            JsonNode before = value(random, 4);
            JsonNode after = value(random, 4);
            ArrayNode patch = JsonPatch.between(before, after);
            assertEquals(after, applied(before, patch), () -> before + " -> " + after + " by " + patch);
        }
    }

    @Test
    void isEmptyWhenNothingDiffers() {
        Random random = new Random(6901);
        for (int i = 0; i < 500; i++) {
            JsonNode value = value(random, 4);
            assertEquals(0, JsonPatch.between(value, value.deepCopy()).size());
        }
    }

    private static JsonNode value(Random random, int depth) {
        switch (random.nextInt(depth > 0 ? 5 : 3)) {
            case 3 -> {
                ObjectNode object = JSON.createObjectNode();
                random.ints(random.nextInt(4), 0, NAMES.size()).forEach(i -> object.set(NAMES.get(i), value(random, depth - 1)));
                return object;
            }
            case 4 -> {
                ArrayNode array = JSON.createArrayNode();
                random.ints(random.nextInt(4)).forEach(_ -> array.add(value(random, depth - 1)));
                return array;
            }
            case 0 -> {
                return JSON.getNodeFactory().nullNode();
            }
            case 1 -> {
                return JSON.getNodeFactory().numberNode(random.nextInt(3));
            }
            default -> {
                return JSON.getNodeFactory().textNode(NAMES.get(random.nextInt(NAMES.size())));
            }
        }
    }

    private static JsonNode applied(JsonNode before, ArrayNode patch) {
        ObjectNode document = JSON.createObjectNode();
        document.set("whole", before.deepCopy());
        for (JsonNode operation : patch) {
            JsonPointer at = JsonPointer.compile("/whole" + operation.get("path").textValue());
            JsonNode parent = document.at(at.head());
            String last = at.last().getMatchingProperty();
            switch (operation.get("op").textValue()) {
                case "remove" -> {
                    assertEquals(false, document.at(at).isMissingNode(), "nothing to remove");
                    if (parent instanceof ArrayNode array) {
                        array.remove(Integer.parseInt(last));
                    } else {
                        ((ObjectNode) parent).remove(last);
                    }
                }
                case "add" -> {
                    if (parent instanceof ArrayNode array) {
                        array.insert(Integer.parseInt(last), operation.get("value"));
                    } else {
                        ((ObjectNode) parent).set(last, operation.get("value"));
                    }
                }
                case "replace" -> {
                    assertEquals(false, document.at(at).isMissingNode(), "nothing to replace");
                    if (parent instanceof ArrayNode array) {
                        array.set(Integer.parseInt(last), operation.get("value"));
                    } else {
                        ((ObjectNode) parent).set(last, operation.get("value"));
                    }
                }
                default -> throw new AssertionError(operation.toString());
            }
        }
        return document.get("whole");
    }
}
