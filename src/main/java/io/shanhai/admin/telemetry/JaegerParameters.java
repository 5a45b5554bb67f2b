package io.shanhai.admin.telemetry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.common.uri.UriQuery;
import io.shanhai.admin.Json;
import io.shanhai.admin.ProblemException;
import io.shanhai.collector.TraceQuery;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the query parameters of Jaeger's API: times in microseconds (dependencies: milliseconds), durations as Go writes
/// them (`1.5s`, `100ms`, `1h30m`), tags as a JSON object or `name:value`.
final class JaegerParameters {

    private static final int DEFAULT_LIMIT = 100; // as Jaeger
    private static final int MOST_TRACES = 1_500; // the largest its UI offers
    private static final long DAY_NANOS = 86_400_000_000_000L;
    private static final long DEFAULT_LOOKBACK_NANOS = 2 * DAY_NANOS; // as Jaeger
    private static final Pattern DURATION_PART = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{0,9})?)(ns|us|µs|μs|ms|s|m|h|d|w)");

    private final UriQuery query;
    private final long now;

    /// Ends a request with Jaeger's error envelope. Without a stack trace: an answer, not a fault of ours.
    static final class JaegerException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int status;

        JaegerException(int status, String message) {
            super(message, null, false, false);
            this.status = status;
        }

        static JaegerException badRequest(String message) {
            return new JaegerException(400, message);
        }

        int status() {
            return status;
        }
    }

    /// @param now nanoseconds since 1970
    JaegerParameters(UriQuery query, long now) {
        this.query = query;
        this.now = now;
    }

    /// `""` when it is not there.
    String text(String name) {
        return query.first(name).orElse("");
    }

    List<String> all(String name) {
        return query.all(name, List::of);
    }

    String service() {
        String service = text("service");
        if (service.isEmpty()) {
            throw JaegerException.badRequest("parameter 'service' is required");
        }
        return service;
    }

    TraceQuery search() {
        long end = number("end", Long.MAX_VALUE / 1_000, 1_000, now);
        long start = number("start", Long.MAX_VALUE / 1_000, 1_000, end - lookback());
        long minDuration = duration("minDuration", 0);
        long maxDuration = duration("maxDuration", Long.MAX_VALUE);
        if (maxDuration < minDuration) {
            throw JaegerException.badRequest("'maxDuration' should be greater than 'minDuration'");
        }
        int limit = (int) number("limit", MOST_TRACES, 1, DEFAULT_LIMIT);
        if (limit == 0) {
            throw JaegerException.badRequest("parameter 'limit': 0 (expected: 1.." + MOST_TRACES + ")");
        }
        return new TraceQuery(service(), text("operation"), tags(), start, end, minDuration, maxDuration, limit);
    }

    /// The UI sends `lookback=custom` beside start and end: then it says nothing.
    private long lookback() {
        return text("lookback").equals("custom") ? DEFAULT_LOOKBACK_NANOS : duration("lookback", DEFAULT_LOOKBACK_NANOS);
    }

    long dependenciesEnd() {
        return number("endTs", Long.MAX_VALUE / 1_000_000, 1_000_000, now);
    }

    long dependenciesLookback() {
        return number("lookback", Long.MAX_VALUE / 1_000_000, 1_000_000, DAY_NANOS);
    }

    private long number(String name, long most, long unit, long absent) {
        String value = text(name);
        if (value.isEmpty()) {
            return absent;
        }
        if (!value.matches("[0-9]{1,18}") || Long.parseLong(value) > most) {
            throw JaegerException.badRequest("unable to parse param '" + name + "': \"" + value + "\" (expected: a number, 0.."
                    + most + ")");
        }
        return Long.parseLong(value) * unit;
    }

    private long duration(String name, long absent) {
        String value = text(name);
        if (value.isEmpty()) {
            return absent;
        }
        Matcher part = DURATION_PART.matcher(value);
        BigDecimal nanos = BigDecimal.ZERO;
        int end = 0;
        while (part.find() && part.start() == end) {
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unitNanos(part.group(2)))));
            end = part.end();
        }
        if (end != value.length() || nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 2)) > 0) {
            throw JaegerException.badRequest("unable to parse param '" + name + "': \"" + value
                    + "\" (expected: a duration as 1.5s, 100ms, 250us, 1h30m)");
        }
        return nanos.setScale(0, RoundingMode.DOWN).longValueExact();
    }

    private static long unitNanos(String unit) {
        return switch (unit) {
            case "ns" -> 1L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            case "d" -> DAY_NANOS; // Go has no days; the UI's lookback does
            case "w" -> 7 * DAY_NANOS;
            default -> 1_000L; // us, also with a micro sign
        };
    }

    private Map<String, String> tags() {
        Map<String, String> tags = new HashMap<>();
        for (String tag : all("tag")) {
            int colon = tag.indexOf(':');
            if (colon < 1) {
                throw JaegerException.badRequest("malformed 'tag' parameter, expecting key:value, received: " + tag);
            }
            tags.put(tag.substring(0, colon), tag.substring(colon + 1));
        }
        for (String json : all("tags")) {
            for (Map.Entry<String, JsonNode> tag : tagObject(json).properties()) {
                tags.put(tag.getKey(), tag.getValue().asText());
            }
        }
        return tags;
    }

    private static ObjectNode tagObject(String json) {
        try {
            if (Json.parse(json.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode object
                    && object.properties().stream().allMatch(tag -> tag.getValue().isValueNode())) {
                return object;
            }
        } catch (ProblemException e) {
            throw JaegerException.badRequest("malformed 'tags' parameter, cannot read JSON: " + e.getMessage());
        }
        throw JaegerException.badRequest("malformed 'tags' parameter, expecting an object of texts, received: " + json);
    }
}
