package io.shanhai.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.gateway.plan.Violation;
import io.shanhai.registry.InstanceSpec;
import io.shanhai.settings.DurationText;
import io.shanhai.settings.Spelling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Reads what an instance says of itself and collects everything that is wrong with it.
public final class InstanceForm {

    private static final List<String> FIELDS = List.of("ttl", "weight", "zone", "tags", "metadata", "probe");
    private static final Duration MAX_TTL = Duration.ofDays(365);
    private static final int MAX_ENTRIES = 64;
    private static final int MAX_ZONE_LENGTH = 128;

    private final ObjectNode body;
    private final String pointer;
    private final List<Violation> violations;

    private InstanceForm(ObjectNode body, String pointer, List<Violation> violations) {
        this.body = body;
        this.pointer = pointer;
        this.violations = violations;
    }

    /// @throws ProblemException with every violation
    static InstanceSpec read(ObjectNode body) {
        List<Violation> violations = new ArrayList<>();
        InstanceSpec spec = read(body, "", violations);
        if (!violations.isEmpty()) {
            throw Problems.invalid("the registration is invalid, nothing was stored", violations);
        }
        return spec;
    }

    /// @param pointer where the object stands; violations begin with it
    /// @param violations added to; when something is, the returned spec is not what was meant
    public static InstanceSpec read(ObjectNode body, String pointer, List<Violation> violations) {
        InstanceForm form = new InstanceForm(body, pointer, violations);
        form.refuseUnknown();
        Optional<Duration> ttl = form.ttl();
        int weight = form.weight();
        String zone = form.zone();
        Map<String, String> tags = form.strings("tags");
        Map<String, String> metadata = form.strings("metadata");
        return new InstanceSpec(ttl, weight, zone, tags, metadata);
    }

    private void refuseUnknown() {
        body.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                wrong(name, "unknown field" + Spelling.hint(name, FIELDS) + " (expected: ttl, weight, zone, tags or metadata)");
            }
        });
        if (body.hasNonNull("probe")) {
            wrong("probe", "probes are not built yet (leave it out, and send heartbeats)");
        }
    }

    private Optional<Duration> ttl() {
        JsonNode value = body.path("ttl");
        if (value.isMissingNode() || value.isNull()) {
            return InstanceSpec.DEFAULT.ttl();
        }
        if (value.asText().equals("none")) {
            return Optional.empty();
        }
        try {
            Duration ttl = DurationText.parse(value.asText());
            boolean fits = !ttl.isZero() && ttl.compareTo(MAX_TTL) <= 0 && ttl.equals(Duration.ofSeconds(ttl.toSeconds()));
            if (value.isTextual() && fits) {
                return Optional.of(ttl);
            }
        } catch (IllegalArgumentException _) {
            // said below
        }
        wrong("ttl", value + " (expected: whole seconds, \"1s\"..\"365d\", or \"none\")");
        return Optional.empty();
    }

    private int weight() {
        JsonNode value = body.path("weight");
        if (value.isMissingNode() || value.isNull()) {
            return InstanceSpec.DEFAULT_WEIGHT;
        }
        if (value.isInt() && value.intValue() >= 0 && value.intValue() <= InstanceSpec.MAX_WEIGHT) {
            return value.intValue();
        }
        wrong("weight", value + " (expected: a whole number, 0.." + InstanceSpec.MAX_WEIGHT + ")");
        return InstanceSpec.DEFAULT_WEIGHT;
    }

    private String zone() {
        JsonNode value = body.path("zone");
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual() || value.textValue().length() > MAX_ZONE_LENGTH) {
            wrong("zone", value + " (expected: a string of at most " + MAX_ZONE_LENGTH + " characters)");
        }
        return value.asText();
    }

    /// Names to strings; numbers and booleans are taken as written.
    private Map<String, String> strings(String field) {
        JsonNode value = body.path(field);
        Map<String, String> strings = new TreeMap<>();
        if (value.isMissingNode() || value.isNull()) {
            return strings;
        }
        if (!value.isObject() || value.size() > MAX_ENTRIES) {
            wrong(field, value.isObject()
                    ? value.size() + " entries (expected: at most " + MAX_ENTRIES + ")"
                    : value + " (expected: an object of strings)");
            return strings;
        }
        value.properties().forEach(entry -> {
            if (entry.getValue().isValueNode() && !entry.getValue().isNull()) {
                strings.put(entry.getKey(), entry.getValue().asText());
            } else {
                wrong(field, "\"" + entry.getKey() + "\" is " + entry.getValue() + " (expected: a string)");
            }
        });
        return strings;
    }

    private void wrong(String field, String message) {
        violations.add(new Violation(pointer + "/" + field.replace("~", "~0").replace("/", "~1"), message));
    }
}
