package io.shanhai.collector;

import io.shanhai.trace.Span;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Which traces are wanted: those with a span that satisfies all of it.
///
/// @param service `""` for any
/// @param operation `""` for any
/// @param tags all must be there with this very value; `error` and `span.kind` are tags too
/// @param startEpochNanos the span began at or after this
/// @param endEpochNanos the span began at or before this
/// @param minDurationNanos inclusive
/// @param maxDurationNanos inclusive
/// @param limit most traces to return, at least 1
public record TraceQuery(String service, String operation, Map<String, String> tags, long startEpochNanos,
        long endEpochNanos, long minDurationNanos, long maxDurationNanos, int limit) {

    public TraceQuery {
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(operation, "operation");
        tags = Map.copyOf(tags);
        if (limit < 1) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: >= 1)");
        }
    }

    /// Every trace, newest first.
    public static TraceQuery latest(int limit) {
        return new TraceQuery("", "", Map.of(), Long.MIN_VALUE, Long.MAX_VALUE, 0, Long.MAX_VALUE, limit);
    }

    boolean matches(Span span) {
        return (service.isEmpty() || service.equals(span.service()))
                && (operation.isEmpty() || operation.equals(span.name()))
                && span.startEpochNanos() >= startEpochNanos && span.startEpochNanos() <= endEpochNanos
                && span.durationNanos() >= minDurationNanos && span.durationNanos() <= maxDurationNanos
                && hasTags(span);
    }

    private boolean hasTags(Span span) {
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (!hasTag(span, tag.getKey(), tag.getValue())) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasTag(Span span, String name, String value) {
        return switch (name) {
            case "error" -> value.equals(Boolean.toString(span.failed()));
            case "span.kind" -> value.equals(span.kind().name().toLowerCase(Locale.ROOT));
            default -> hasAttribute(span.attributes(), name, value);
        };
    }

    private static boolean hasAttribute(List<String> attributes, String name, String value) {
        for (int i = 0; i < attributes.size(); i += 2) {
            if (attributes.get(i).equals(name) && attributes.get(i + 1).equals(value)) {
                return true;
            }
        }
        return false;
    }
}
