package io.shanhai.collector;

import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Alternative;
import io.shanhai.trace.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Traces in memory, in the order their first record came. Bounded by spans and by estimated bytes: beyond either, the
/// oldest traces are forgotten whole, because half a trace misleads. Not safe for threads: the collector locks.
final class TraceStore {

    // Estimated bytes of objects with compact headers off: record, lists and map entry. Strings are counted per letter
    // although routes and services share theirs: an estimate may be too high, not too low.
    private static final int TRACE_BYTES = 256;
    private static final int SPAN_BYTES = 208;
    private static final int DECISION_BYTES = 176;
    private static final int TEXT_BYTES = 44; // string, array header, reference

    private final CollectorSettings settings;
    private final LinkedHashMap<TraceId, Entry> traces = new LinkedHashMap<>();
    private final SortedMap<String, SortedMap<Operation, Integer>> operations = new TreeMap<>(); // spans per service
    private int spans;
    private long bytes;
    private long evicted;
    private long overfull;

    /// One trace while it is kept.
    private static final class Entry {
        private final List<Span> spans = new ArrayList<>(2); // the gateway's own and its call upstream
        private final List<Decision> decisions = new ArrayList<>(4);
        private long bytes = TRACE_BYTES;
        private boolean incomplete;
        private boolean changed; // `incomplete` has to be worked out anew
    }

    TraceStore(CollectorSettings settings) {
        this.settings = settings;
    }

    void add(Span span) {
        Entry entry = entry(TraceId.of(span.context()));
        if (entry.spans.size() >= settings.maxPerTrace()) {
            overfull++;
            return;
        }
        entry.spans.add(span);
        entry.changed = true;
        spans++;
        operations.computeIfAbsent(span.service(), _ -> new TreeMap<>()).merge(Operation.of(span), 1, Integer::sum);
        grow(entry, SPAN_BYTES + bytesOf(span.attributes()) + span.context().tracestate().length());
    }

    void add(Decision decision) {
        Entry entry = entry(TraceId.of(decision));
        if (entry.decisions.size() >= settings.maxPerTrace()) {
            overfull++;
            return;
        }
        entry.decisions.add(decision);
        long size = DECISION_BYTES + bytesOf(decision.inputs());
        for (Alternative alternative : decision.alternatives()) {
            size += 2 * TEXT_BYTES + alternative.rule().length() + alternative.why().length();
        }
        grow(entry, size);
    }

    private Entry entry(TraceId id) {
        Entry known = traces.get(id);
        if (known != null) {
            return known;
        }
        Entry entry = new Entry();
        traces.put(id, entry);
        bytes += entry.bytes;
        return entry;
    }

    private void grow(Entry entry, long size) {
        entry.bytes += size;
        bytes += size;
        while ((spans > settings.maxSpans() || bytes > settings.maxMemory().bytes()) && !traces.isEmpty()) {
            forget(traces.pollFirstEntry().getValue());
        }
    }

    private void forget(Entry entry) {
        evicted++;
        bytes -= entry.bytes;
        spans -= entry.spans.size();
        for (Span span : entry.spans) {
            SortedMap<Operation, Integer> ofService = operations.get(span.service());
            ofService.computeIfPresent(Operation.of(span), (_, n) -> n == 1 ? null : n - 1);
            if (ofService.isEmpty()) {
                operations.remove(span.service());
            }
        }
    }

    private static long bytesOf(List<String> texts) {
        long size = (long) texts.size() * TEXT_BYTES;
        for (String text : texts) {
            size += text.length();
        }
        return size;
    }

    Optional<Trace> find(TraceId id) {
        return Optional.ofNullable(traces.get(id)).map(entry -> trace(id, entry));
    }

    /// Newest first, as far as they came in order.
    List<Trace> search(TraceQuery query) {
        List<Trace> found = new ArrayList<>();
        for (Map.Entry<TraceId, Entry> candidate : traces.reversed().entrySet()) {
            if (found.size() == query.limit()) {
                break;
            }
            if (candidate.getValue().spans.stream().anyMatch(query::matches)) {
                found.add(trace(candidate.getKey(), candidate.getValue()));
            }
        }
        return found;
    }

    private static Trace trace(TraceId id, Entry entry) {
        List<Span> inOrder = new ArrayList<>(entry.spans);
        inOrder.sort(Comparator.comparingLong(Span::startEpochNanos)); // stable: equal starts stay as they came
        return new Trace(id, inOrder, entry.decisions);
    }

    SortedSet<String> services() {
        return new TreeSet<>(operations.keySet());
    }

    SortedSet<Operation> operations(String service) {
        return new TreeSet<>(operations.getOrDefault(service, new TreeMap<>()).keySet());
    }

    int traces() {
        return traces.size();
    }

    int spans() {
        return spans;
    }

    /// Estimated.
    long bytes() {
        return bytes;
    }

    /// Traces forgotten to make room.
    long evicted() {
        return evicted;
    }

    /// Spans and decisions of traces that had too many.
    long overfull() {
        return overfull;
    }

    /// Traces of which a span's parent is missing. Works out only those that changed since it was last asked.
    int incomplete() {
        int count = 0;
        for (Entry entry : traces.values()) {
            if (entry.changed) {
                entry.incomplete = !Trace.missingParents(entry.spans).isEmpty();
                entry.changed = false;
            }
            count += entry.incomplete ? 1 : 0;
        }
        return count;
    }
}
