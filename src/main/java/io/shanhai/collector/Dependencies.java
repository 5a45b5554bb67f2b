package io.shanhai.collector;

import io.shanhai.trace.Span;
import io.shanhai.trace.Span.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Finds out of spans who calls whom: a span whose parent belongs to another service is a call. A client span that nobody
/// answered with a span of its own still names the service it called in `peer.service`: backends without tracing are in
/// the graph too.
final class Dependencies {

    private static final String PEER = "peer.service"; // OpenTelemetry semantic conventions, general attributes

    private record Pair(String parent, String child) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            int byParent = parent.compareTo(other.parent);
            return byParent != 0 ? byParent : child.compareTo(other.child);
        }
    }

    private final Map<Pair, Long> calls = new TreeMap<>();

    /// @param from only calls that began at or after this, nanoseconds since 1970
    /// @param to and at or before this
    void count(Trace trace, long from, long to) {
        Map<Long, Span> byId = new HashMap<>();
        Set<Long> answered = new HashSet<>();
        for (Span span : trace.spans()) {
            byId.put(span.context().spanId(), span);
            answered.add(span.context().parentSpanId());
        }
        for (Span span : trace.spans()) {
            if (span.startEpochNanos() < from || span.startEpochNanos() > to) {
                continue;
            }
            Span parent = byId.get(span.context().parentSpanId());
            if (parent != null && !parent.service().equals(span.service())) {
                count(parent.service(), span.service());
            }
            String peer = peer(span.attributes());
            if (span.kind() == Kind.CLIENT && !peer.isEmpty() && !answered.contains(span.context().spanId())) {
                count(span.service(), peer);
            }
        }
    }

    private void count(String parent, String child) {
        calls.merge(new Pair(parent, child), 1L, Long::sum);
    }

    private static String peer(List<String> attributes) {
        for (int i = 0; i < attributes.size(); i += 2) {
            if (attributes.get(i).equals(PEER)) {
                return attributes.get(i + 1);
            }
        }
        return "";
    }

    List<Link> links() {
        return calls.entrySet().stream()
                .map(call -> new Link(call.getKey().parent(), call.getKey().child(), call.getValue())).toList();
    }
}
