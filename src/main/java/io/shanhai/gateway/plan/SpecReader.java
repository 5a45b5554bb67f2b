package io.shanhai.gateway.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.shanhai.settings.DurationText;
import io.shanhai.settings.Spelling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads one JSON object field by field and collects everything that is wrong instead of stopping at the first.
/// Methods return the default (or null where said) for a field that is wrong, so that reading goes on. Not thread-safe.
public final class SpecReader {

    /// Most violations collected. The largest change set a person writes has fewer fields; a hostile body of unknown
    /// fields must not grow an answer of many times its size.
    public static final int MAX_VIOLATIONS = 1_000;

    private final JsonNode node;
    private final String pointer;
    private final List<Violation> violations;

    public SpecReader(JsonNode node) {
        this(node, "", new ArrayList<>());
    }

    /// @param pointer where the object stands, `""` when it is the whole; violations begin with it
    /// @param violations added to
    public SpecReader(JsonNode node, String pointer, List<Violation> violations) {
        this.pointer = pointer;
        this.violations = violations;
        if (node.isObject()) {
            this.node = node;
        } else {
            this.node = JsonNodeFactory.instance.objectNode();
            violations.add(new Violation(pointer, "is " + kind(node) + " (expected: an object)"));
        }
    }

    /// Throws with all violations so far, if there are any.
    public void check() {
        if (!violations.isEmpty()) {
            throw new InvalidSpecException(violations);
        }
    }

    /// Every other field is a violation, with the nearest known name.
    public SpecReader only(Set<String> known) {
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name) && violations.size() < MAX_VIOLATIONS) { // looking for the nearest name takes time
                wrong(name, "unknown field" + Spelling.hint(name, known) + "; known: "
                        + String.join(", ", known.stream().sorted().toList()));
            }
        });
        return this;
    }

    public boolean has(String field) {
        return node.hasNonNull(field);
    }

    public JsonNode raw(String field) {
        return node.path(field);
    }

    public void wrong(String field, String message) {
        if (violations.size() >= MAX_VIOLATIONS) {
            return;
        }
        if (violations.size() == MAX_VIOLATIONS - 1) {
            violations.add(new Violation("", "more is wrong than is told here (mend this first)"));
            return;
        }
        violations.add(
                new Violation(field.isEmpty() ? pointer : pointer + "/" + field.replace("~", "~0").replace("/", "~1"), message));
    }

    public String text(String field, String otherwise) {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isTextual()) {
            wrong(field, "is " + kind(value) + " (expected: a string)");
            return otherwise;
        }
        return value.textValue();
    }

    public long number(String field, long otherwise, long least, long most) {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < least || value.longValue() > most) {
            wrong(field, value + " (expected: a whole number, " + least + ".." + most + ")");
            return otherwise;
        }
        return value.longValue();
    }

    boolean flag(String field) {
        JsonNode value = node.path(field);
        if (!value.isMissingNode() && !value.isNull() && !value.isBoolean()) {
            wrong(field, "is " + kind(value) + " (expected: true or false)");
        }
        return value.asBoolean(false);
    }

    Duration duration(String field, Duration otherwise, Duration least, Duration most) {
        String text = text(field, null);
        if (text == null) {
            return otherwise;
        }
        try {
            Duration duration = DurationText.parse(text);
            if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                return duration;
            }
            wrong(field, "\"" + text + "\" (expected: " + DurationText.format(least) + ".." + DurationText.format(most) + ")");
        } catch (IllegalArgumentException e) {
            wrong(field, e.getMessage());
        }
        return otherwise;
    }

    List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return texts;
        }
        if (!value.isArray()) {
            wrong(field, "is " + kind(value) + " (expected: an array of strings)");
            return texts;
        }
        for (int i = 0; i < value.size(); i++) {
            if (value.get(i).isTextual()) {
                texts.add(value.get(i).textValue());
            } else {
                wrong(field, "item " + i + " is " + kind(value.get(i)) + " (expected: a string)");
            }
        }
        return texts;
    }

    /// The members of an object as they are; none when it is missing.
    Map<String, JsonNode> nodes(String field) {
        Map<String, JsonNode> nodes = new LinkedHashMap<>();
        JsonNode value = node.path(field);
        if (value.isObject()) {
            value.properties().forEach(e -> nodes.put(e.getKey(), e.getValue()));
        } else if (has(field)) {
            wrong(field, "is " + kind(value) + " (expected: an object)");
        }
        return nodes;
    }

    /// Names to strings; numbers and booleans are taken as written.
    Map<String, String> map(String field) {
        Map<String, String> map = new LinkedHashMap<>();
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return map;
        }
        if (!value.isObject()) {
            wrong(field, "is " + kind(value) + " (expected: an object of strings)");
            return map;
        }
        value.properties().forEach(e -> {
            if (e.getValue().isValueNode() && !e.getValue().isNull()) {
                map.put(e.getKey(), e.getValue().asText());
            } else {
                wrong(field, "\"" + e.getKey() + "\" is " + kind(e.getValue()) + " (expected: a string)");
            }
        });
        return map;
    }

    Optional<SpecReader> object(String field) {
        return has(field) ? Optional.of(new SpecReader(node.get(field), pointer + "/" + field, violations)) : Optional.empty();
    }

    public List<SpecReader> objects(String field) {
        List<SpecReader> readers = new ArrayList<>();
        JsonNode value = node.path(field);
        if (!value.isArray()) {
            wrong(field, "is " + kind(value) + " (expected: an array of objects)");
            return readers;
        }
        for (int i = 0; i < value.size(); i++) {
            readers.add(new SpecReader(value.get(i), pointer + "/" + field + "/" + i, violations));
        }
        return readers;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case NULL -> "null";
            case NUMBER -> "a number";
            case OBJECT, POJO -> "an object";
            case STRING, BINARY -> "a string";
            case MISSING -> "missing";
        };
    }
}
