package io.shanhai.collector;

import static io.shanhai.collector.SpansForTests.START;
import static io.shanhai.collector.SpansForTests.context;
import static io.shanhai.collector.SpansForTests.decision;
import static io.shanhai.collector.SpansForTests.request;
import static io.shanhai.collector.SpansForTests.span;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.decision.Decision.Stage;
import io.shanhai.settings.DataSize;
import io.shanhai.trace.Span;
import io.shanhai.trace.Span.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceStoreTest {

    private static final long MS = 1_000_000;

    private final TraceStore store = new TraceStore(CollectorSettings.forTests());

    @Test
    void findsSpansAndDecisionsByTraceId() {
        request(7, 10).forEach(store::add);
        store.add(decision(7, 20, Stage.ROUTE, "users", "matched", List.of()));
        Trace trace = store.find(new TraceId(0xabcdL, 7)).orElseThrow();
        assertEquals(2, trace.spans().size());
        assertEquals("users", trace.decisions().getFirst().rule());
        assertTrue(store.find(new TraceId(0xabcdL, 8)).isEmpty());
        assertTrue(store.find(new TraceId(0, 7)).isEmpty(), "both halves count");
    }

    @Test
    void spansComeInOrderOfTheirStart() {
        store.add(span(context(7, 2, 1), "b", "late", Kind.SERVER, 20));
        store.add(span(context(7, 1, 0), "a", "early", Kind.SERVER, 10));
        assertEquals(List.of("early", "late"), names(store.find(new TraceId(0xabcdL, 7)).orElseThrow()));
    }

    @Test
    void forgetsTheOldestTraceWholeWhenThereAreTooManySpans() {
        TraceStore small = new TraceStore(new CollectorSettings(10, new DataSize(1 << 20), 100));
        for (long trace = 1; trace <= 8; trace++) {
            request(trace, trace).forEach(small::add);
        }
        assertEquals(10, small.spans());
        assertEquals(5, small.traces());
        assertEquals(3, small.evicted());
        assertTrue(small.find(new TraceId(0xabcdL, 3)).isEmpty());
        assertEquals(2, small.find(new TraceId(0xabcdL, 4)).orElseThrow().spans().size());
    }

    @Test
    void boundsBytesOfDecisionsToo() {
        TraceStore small = new TraceStore(new CollectorSettings(1_000, new DataSize(64 << 10), 100));
        for (long trace = 1; trace <= 10_000; trace++) {
            small.add(decision(trace, trace, Stage.LIMIT, "burst", "refused", List.of("algorithm", "sliding-window")));
            assertTrue(small.bytes() <= 64 << 10, "bytes " + small.bytes());
        }
        assertEquals(10_000, small.traces() + small.evicted());
        assertTrue(small.traces() > 50, "traces " + small.traces());
        assertTrue(small.find(new TraceId(0xabcdL, 10_000)).isPresent(), "the newest stays");
    }

    @Test
    void oneRunawayTraceDoesNotPushOutTheOthers() {
        TraceStore small = new TraceStore(new CollectorSettings(100, new DataSize(1 << 20), 10));
        request(1, 1).forEach(small::add);
        for (long id = 1; id <= 500; id++) {
            small.add(span(context(2, id, 0), "a", "loop", Kind.INTERNAL, 1));
            small.add(decision(2, 1, Stage.ROUTE, "r", "matched", List.of()));
        }
        assertEquals(2, small.find(new TraceId(0xabcdL, 1)).orElseThrow().spans().size());
        assertEquals(12, small.spans());
        assertEquals(980, small.overfull());
    }

    @Test
    void nothingIsLeftOfWhatWasForgotten() {
        TraceStore small = new TraceStore(new CollectorSettings(1, new DataSize(1 << 20), 10));
        small.add(span(context(1, 1, 0), "old", "gone", Kind.SERVER, 1));
        small.add(span(context(2, 1, 0), "new", "here", Kind.SERVER, 2));
        assertEquals(Set.of("new"), small.services());
        assertEquals(Set.of(), small.operations("old"));
        assertEquals(Set.of(new Operation("here", Kind.SERVER)), small.operations("new"));
        TraceStore fresh = new TraceStore(CollectorSettings.forTests());
        fresh.add(span(context(2, 1, 0), "new", "here", Kind.SERVER, 2));
        assertEquals(fresh.bytes(), small.bytes());
    }

    @Test
    void countsTracesThatLackAParentUntilItArrives() {
        store.add(span(context(7, 2, 1), "a", "child", Kind.CLIENT, 1));
        request(8, 1).forEach(store::add);
        assertEquals(1, store.incomplete());
        assertEquals(Set.of(1L), store.find(new TraceId(0xabcdL, 7)).orElseThrow().missingParents());
        store.add(span(context(7, 1, 0), "a", "parent", Kind.SERVER, 1));
        assertEquals(0, store.incomplete());
    }

    @ParameterizedTest
    @CsvSource({
            "shanhai-gateway,'',2", "shanhai-gateway,GET users,2", "shanhai-gateway,GET orders,0", "user-svc,'',0",
            "'',user-svc,2",
            "other,'',1"})
    void searchesByServiceAndOperation(String service, String operation, int found) {
        fill();
        assertEquals(found, store.search(query(service, operation, Map.of(), 0, 1_000, 0, 1_000)).size());
    }

    @Test
    void allConditionsHoldForOneSpan() {
        fill();
        Map<String, String> route = Map.of("shanhai.route", "users");
        assertEquals(2, store.search(query("", "", route, 0, 1_000, 0, 1_000)).size());
        assertEquals(0, store.search(query("", "user-svc", route, 0, 1_000, 0, 1_000)).size(), "the tag is of the other span");
        assertEquals(0, store.search(query("", "", Map.of("shanhai.route", "none"), 0, 1_000, 0, 1_000)).size());
        assertEquals(2, store.search(query("", "", Map.of("span.kind", "client"), 0, 1_000, 0, 1_000)).size());
        assertEquals(1, store.search(query("", "", Map.of("error", "true"), 0, 1_000, 0, 1_000)).size());
    }

    @Test
    void timeAndDurationBoundsAreInclusive() {
        fill();
        assertEquals(2, store.search(query("", "", Map.of(), 10, 20, 0, 1_000)).size());
        assertEquals(1, store.search(query("", "", Map.of(), 11, 20, 0, 1_000)).size());
        assertEquals(1, store.search(query("", "", Map.of(), 0, 1_000, 20, 29)).size());
        assertEquals(2, store.search(query("", "", Map.of(), 0, 1_000, 20, 30)).size());
    }

    @Test
    void newestComesFirstUpToTheLimit() {
        fill();
        List<Trace> found = store.search(TraceQuery.latest(2));
        assertEquals(List.of(3L, 2L), found.stream().map(trace -> trace.id().low()).toList());
    }

    @Test
    void decisionsWithoutSpansAreNoSearchResult() {
        store.add(decision(9, 1, Stage.ROUTE, "users", "matched", List.of()));
        assertEquals(List.of(), store.search(TraceQuery.latest(10)));
    }

    @ParameterizedTest
    @CsvSource({
            "1,00000000000000000000000000000001", "ABCDEF,00000000000000000000000000abcdef",
            "ffffffffffffffff,0000000000000000ffffffffffffffff", "10000000000000000,00000000000000010000000000000000",
            "4bf92f3577b34da6a3ce929d0e0e4736,4bf92f3577b34da6a3ce929d0e0e4736"})
    void shortIdsArePaddedOnTheLeft(String text, String id) {
        assertEquals(id, TraceId.parse(text).orElseThrow().toString());
    }

    @ParameterizedTest
    @CsvSource({"''", "0", "00000000000000000000000000000000", "xyz", "-1", "4bf92f3577b34da6a3ce929d0e0e47360", "' 1'"})
    void whatIsNoIdIsEmpty(String text) {
        assertTrue(TraceId.parse(text).isEmpty());
    }

    /// Traces 1 and 2 of the gateway at 10 and 20 ms, trace 3 of another service at 30 ms that failed.
    private void fill() {
        request(1, 10).forEach(store::add);
        request(2, 20).forEach(store::add);
        store.add(new Span(context(3, 1, 0), "other", "work", Kind.INTERNAL, START + 30 * MS, 30 * MS, true, List.of()));
    }

    private static TraceQuery query(String service, String operation, Map<String, String> tags, long from, long to, long shortest,
            long longest) {
        return new TraceQuery(service, operation, tags, START + from * MS, START + to * MS, shortest * MS, longest * MS, 100);
    }

    private static List<String> names(Trace trace) {
        return trace.spans().stream().map(Span::name).toList();
    }
}
