package io.shanhai.collector;

import io.shanhai.decision.Decision;
import io.shanhai.trace.Span;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What is known of one trace at the moment of asking.
///
/// @param spans in order of their start; empty when the request was not sampled and left decisions only
/// @param decisions in the order they were received: those of one request follow each other
public record Trace(TraceId id, List<Span> spans, List<Decision> decisions) {

    public Trace {
        spans = List.copyOf(spans);
        decisions = List.copyOf(decisions);
    }

    /// Parents that spans name and that were not received: of callers that report elsewhere, or lost.
    public Set<Long> missingParents() {
        return missingParents(spans);
    }

    static Set<Long> missingParents(List<Span> spans) {
        Set<Long> missing = new HashSet<>();
        for (Span span : spans) {
            if (span.context().parentSpanId() != 0) {
                missing.add(span.context().parentSpanId());
            }
        }
        for (Span span : spans) {
            missing.remove(span.context().spanId());
        }
        return missing;
    }
}
