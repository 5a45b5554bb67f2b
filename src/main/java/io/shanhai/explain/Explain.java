package io.shanhai.explain;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.collector.Collector;
import io.shanhai.collector.TraceId;
import java.util.Optional;

/// Explains requests by their trace id, from what the collector still has. Safe for all threads.
public final class Explain {

    private final Collector collector;

    public Explain(Collector collector) {
        this.collector = collector;
    }

    /// For programs: `{traceId, status, route, limits, instance, upstream, response, decisions, revision, …}`. What the
    /// request did not meet is `null` or an empty list. Of several requests under one id the latest is explained, and
    /// `requests` counts them; `decisions` has those of all.
    ///
    /// @return empty when nothing is kept under this id
    public Optional<ObjectNode> json(TraceId id) {
        return collector.find(id).map(ExplainJson::of);
    }

    /// For people: a few lines, the same content.
    ///
    /// @return empty when nothing is kept under this id
    public Optional<String> text(TraceId id) {
        return collector.find(id).map(ExplainText::of);
    }
}
