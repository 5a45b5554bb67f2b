package io.shanhai.collector;

import static io.shanhai.collector.SpansForTests.START;
import static io.shanhai.collector.SpansForTests.context;
import static io.shanhai.collector.SpansForTests.decision;
import static io.shanhai.collector.SpansForTests.request;
import static io.shanhai.collector.SpansForTests.span;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.decision.Decision.Stage;
import io.shanhai.decision.DecisionRing;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.trace.Span.Kind;
import io.shanhai.trace.SpanRing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CollectorTest {

    private final SpanRing spans = new SpanRing(1_024);
    private final DecisionRing decisions = new DecisionRing(1_024);
    private final PrometheusMetrics metrics = new PrometheusMetrics();
    private final Collector collector = new Collector(CollectorSettings.forTests(), spans, decisions, metrics);

    @AfterEach
    void close() {
        collector.close();
        metrics.close();
    }

    @Test
    void itsThreadEmptiesTheRings() {
        collector.start();
        request(1, 1).forEach(spans::offer);
        decisions.offer(decision(1, 1, Stage.ROUTE, "users", "matched", List.of()));
        await().until(() -> spans.size() == 0 && decisions.size() == 0 && collector.holding().spans() == 2);
        assertTrue(threadNames().contains("collector"));
        collector.close();
        assertFalse(threadNames().contains("collector"));
    }

    @Test
    void aQuerySeesWhatWasEmittedBeforeIt() {
        for (long trace = 1; trace <= 500; trace++) {
            request(trace, trace).forEach(spans::offer);
            assertEquals(2, collector.find(new TraceId(0xabcdL, trace)).orElseThrow().spans().size());
        }
        assertEquals(Set.of("shanhai-gateway"), collector.services());
        assertEquals(2, collector.operations("shanhai-gateway").size());
    }

    @Test
    void nothingIsLostOrDoubledWhileManyEmitAndAsk() throws InterruptedException {
        collector.start();
        AtomicInteger missed = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            long from = t * 2_000L;
            threads.add(Thread.ofPlatform().name("emitter-" + t).start(() -> {
                for (long trace = from + 1; trace <= from + 2_000; trace++) {
                    while (!spans.offer(span(context(trace, 1, 0), "a", "work", Kind.SERVER, 1))) {
                        Thread.onSpinWait();
                    }
                    if (trace % 100 == 0 && collector.find(new TraceId(0xabcdL, trace)).isEmpty()) {
                        missed.incrementAndGet(); // an assertion here would only end this thread
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, missed.get(), "a query sees what was emitted before it");
        await().until(() -> spans.size() == 0);
        assertEquals(8_000, collector.search(TraceQuery.latest(10_000)).size());
        assertEquals(8_000, collector.holding().traces());
    }

    @Test
    void answersAfterItsEnd() {
        collector.start();
        request(1, 1).forEach(spans::offer);
        collector.close();
        collector.close();
        assertTrue(collector.find(new TraceId(0xabcdL, 1)).isPresent());
        assertThrows(IllegalStateException.class, collector::start);
    }

    @Test
    void dependenciesComeFromSpansAndFromCallsNobodyAnswered() {
        request(1, 1).forEach(spans::offer); // the gateway called user-svc, which does not trace
        spans.offer(span(context(2, 1, 0), "shanhai-gateway", "GET orders", Kind.SERVER, 5));
        spans.offer(span(context(2, 2, 1), "shanhai-gateway", "order-svc", Kind.CLIENT, 5, "peer.service", "order-svc"));
        spans.offer(span(context(2, 3, 2), "order-svc", "list", Kind.SERVER, 5));
        spans.offer(span(context(2, 4, 3), "db", "select", Kind.SERVER, 5));
        spans.offer(span(context(3, 1, 0), "shanhai-gateway", "user-svc", Kind.CLIENT, 90_000, "peer.service", "user-svc"));
        assertEquals(
                List.of(new Link("order-svc", "db", 1), new Link("shanhai-gateway", "order-svc", 1),
                        new Link("shanhai-gateway", "user-svc", 1)),
                collector.dependencies(START, START + 60_000_000_000L));
    }

    @Test
    void itsFiguresAreOnTheMetricsPage() {
        spans.offer(span(context(1, 2, 1), "a", "child", Kind.CLIENT, 1));
        collector.services();
        spans.offer(span(context(2, 1, 0), "a", "root", Kind.SERVER, 1));
        String page = new String(metrics.scrape(null).body(), StandardCharsets.UTF_8);
        for (String line : List.of("shanhai_collector_traces 1.0", "shanhai_collector_spans 1.0",
                "shanhai_collector_incomplete_traces 1.0", "shanhai_collector_evicted_traces_total 0.0",
                "shanhai_ring_waiting{ring=\"spans\"} 1.0", "shanhai_ring_waiting{ring=\"decisions\"} 0.0",
                "shanhai_ring_dropped_total{ring=\"spans\"} 0.0", "shanhai_collector_failures_total 0.0")) {
            assertTrue(page.contains("\n" + line + "\n"), line + " is not on the page:\n" + page);
        }
    }

    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }
}
