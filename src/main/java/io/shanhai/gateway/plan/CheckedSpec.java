package io.shanhai.gateway.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.json.JsonText;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import java.util.List;
import java.util.regex.Pattern;

/// A route or a limit, read and checked, as it is going to be stored. Only that the limits exist is not checked here.
///
/// @param limits those a route names, in its order
record CheckedSpec(Kind kind, String id, JsonNode json, List<String> limits) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    CheckedSpec {
        limits = List.copyOf(limits);
    }

    /// What is stored, which another client may have written.
    static JsonNode stored(KeyValue kv) throws JsonProcessingException {
        return JsonText.read(kv.value().text());
    }

    /// @throws InvalidSpecException when it is no JSON
    static JsonNode parse(String json) {
        try {
            return JsonText.read(json);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw new InvalidSpecException(List.of(new Violation("", "not valid JSON: " + e.getOriginalMessage()
                    + (at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")"))));
        }
    }

    static void checkId(String id, String pointer, List<Violation> violations) {
        if (!ID.matcher(id).matches()) {
            violations.add(new Violation(pointer, "\"" + id + "\" (expected: " + ID.pattern() + ")"));
        }
    }

    /// @param kind one of [Kind#SPECS]
    /// @param json changed: `id`, `revision`, `at` and `problem`, which answers carry, are taken out
    /// @param pointer where the spec stands; violations begin with it
    /// @param violations added to; when something is, the returned spec is not to be stored
    static CheckedSpec read(Kind kind, String id, JsonNode json, String pointer, List<Violation> violations) {
        if (json instanceof ObjectNode object) {
            JsonNode given = object.get("id");
            if (given != null && !given.asText().equals(id)) {
                violations.add(new Violation(pointer + "/id", given + " differs from the id it is put under, \"" + id + "\""));
            }
            object.remove(List.of("id", "revision", "at", "problem"));
        }
        SpecReader reader = new SpecReader(json, pointer, violations);
        List<String> limits = switch (kind) {
            case ROUTE -> RouteSpec.read(reader).limits();
            case LIMIT -> {
                LimitSpec.read(reader);
                yield List.of();
            }
            case INSTANCE -> throw new IllegalArgumentException("kind: instance (expected: route or limit)");
        };
        return new CheckedSpec(kind, id, json, limits);
    }

    Bytes key() {
        return kind.key(id);
    }

    Bytes value() {
        return Bytes.utf8(json.toString());
    }

    /// What is stored means the same, whatever the order of its fields.
    boolean isStoredAs(KeyValue kv) {
        try {
            return json.equals(stored(kv));
        } catch (JsonProcessingException e) {
            return false; // another client broke it: to be mended
        }
    }
}
