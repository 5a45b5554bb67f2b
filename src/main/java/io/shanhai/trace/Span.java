package io.shanhai.trace;

import java.util.List;
import java.util.Objects;

/// One finished span. Immutable; built only for sampled requests, on the thread that ends the exchange.
///
/// @param context the span's own ids; `context.parentSpanId()` is 0 for a root
/// @param service name of the service that did the work, lower case
/// @param name operation, low cardinality (route id, not path)
/// @param startEpochNanos wall-clock start, nanoseconds since 1970
/// @param durationNanos at least 0
/// @param failed true for a status of 500 and above or a refusal
/// @param attributes name, value, name, value, …
public record Span(TraceContext context, String service, String name, Kind kind, long startEpochNanos, long durationNanos,
        boolean failed, List<String> attributes) {

    /// Values as in OTLP (`SpanKind`).
    public enum Kind {
        INTERNAL,
        SERVER,
        CLIENT
    }

    public Span {
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(kind, "kind");
        attributes = List.copyOf(attributes);
        if (attributes.size() % 2 != 0) {
            throw new IllegalArgumentException("attributes: " + attributes.size() + " items (expected: name, value pairs)");
        }
    }
}
