package io.shanhai.collector;

import io.shanhai.decision.Decision;
import io.shanhai.decision.DecisionRing;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.trace.Span;
import io.shanhai.trace.SpanRing;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes spans and decisions from their rings and keeps the latest of them, bounded, for search and explain.
///
/// One thread, `collector`, empties the rings. A query empties them too before it looks, so it sees everything that was
/// emitted before it was asked. Safe for all threads.
public final class Collector implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
    private static final int BATCH = 512; // some 100 µs under the lock, then queries have their turn
    private static final long NAP_NANOS = 10_000_000; // 10 ms: 100 wake-ups a second when idle; rings hold 1 s at full load
    private static final int MAX_IDLE_LOOKS = 1_000; // a producer that was suspended in the middle is not waited for any longer
    private static final long JOIN_MILLIS = 5_000;

    private final SpanRing spans;
    private final DecisionRing decisions;
    // Guarded by itself, and with it the role of the rings' one consumer. No other lock is taken under it.
    private final TraceStore store;
    private final Counter failures;
    private volatile boolean closing;
    private Thread thread; // guarded by this

    public Collector(CollectorSettings settings, SpanRing spans, DecisionRing decisions, Metrics metrics) {
        this.spans = spans;
        this.decisions = decisions;
        store = new TraceStore(settings);
        failures = metrics.counter("shanhai_collector_failures_total", "Batches of spans or decisions lost to a fault.");
        metrics.gauge("shanhai_collector_traces", "Traces kept.", read(TraceStore::traces));
        metrics.gauge("shanhai_collector_incomplete_traces", "Kept traces that lack the parent of a span.",
                read(TraceStore::incomplete));
        metrics.gauge("shanhai_collector_spans", "Spans kept.", read(TraceStore::spans));
        metrics.gauge("shanhai_collector_bytes", "Heap of what is kept, estimated.", read(TraceStore::bytes));
        metrics.counterFrom("shanhai_collector_evicted_traces_total", "Traces forgotten to make room.",
                read(TraceStore::evicted));
        metrics.counterFrom("shanhai_collector_overfull_total",
                "Spans and decisions refused because their trace had too many.", read(TraceStore::overfull));
        metrics.gauge("shanhai_ring_waiting", "Records waiting for the collector.", spans::size, "ring", "spans");
        metrics.gauge("shanhai_ring_waiting", "Records waiting for the collector.", decisions::size, "ring", "decisions");
        metrics.counterFrom("shanhai_ring_dropped_total", "Records dropped because the ring was full.", spans::dropped,
                "ring", "spans");
        metrics.counterFrom("shanhai_ring_dropped_total", "Records dropped because the ring was full.", decisions::dropped,
                "ring", "decisions");
    }

    private DoubleSupplier read(ToDoubleFunction<TraceStore> figure) {
        return () -> {
            synchronized (store) {
                return figure.applyAsDouble(store);
            }
        };
    }

    /// @throws IllegalStateException when it was started before
    public synchronized void start() {
        if (thread != null || closing) {
            throw new IllegalStateException("the collector was started before");
        }
        thread = Thread.ofPlatform().name("collector").daemon().start(this::run);
    }

    private void run() {
        while (!closing) {
            if (take() == 0) {
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    /// One batch of both rings.
    ///
    /// @return how many records that were
    private int take() {
        try {
            synchronized (store) {
                return spans.drain((Span span) -> store.add(span), BATCH)
                        + decisions.drain((Decision decision) -> store.add(decision), BATCH);
            }
        } catch (RuntimeException e) { // this is the thread's root: one bad batch must not end collecting
            failures.increment();
            LOG.error("a batch of spans or decisions was lost", e);
            return 0;
        }
    }

    /// Takes what was in the rings when it was called, so that a busy producer cannot hold a query for ever.
    private void catchUp() {
        int waiting = spans.size() + decisions.size();
        int idle = 0;
        for (int taken = 0; taken < waiting && idle < MAX_IDLE_LOOKS && spans.size() + decisions.size() > 0;) {
            int batch = take();
            taken += batch;
            if (batch == 0) { // a producer has claimed the next slot but not filled it yet: what lies behind is not seen
                idle++;
                Thread.yield();
            }
        }
    }

    public Optional<Trace> find(TraceId id) {
        catchUp();
        synchronized (store) {
            return store.find(id);
        }
    }

    /// Newest first.
    public List<Trace> search(TraceQuery query) {
        catchUp();
        synchronized (store) {
            return store.search(query);
        }
    }

    /// Names of services that have spans.
    public SortedSet<String> services() {
        catchUp();
        synchronized (store) {
            return store.services();
        }
    }

    /// Empty when the service has no spans.
    public SortedSet<Operation> operations(String service) {
        catchUp();
        synchronized (store) {
            return store.operations(service);
        }
    }

    /// Who called whom, from the spans that began in this time.
    ///
    /// @param fromEpochNanos inclusive, nanoseconds since 1970
    /// @param toEpochNanos inclusive
    public List<Link> dependencies(long fromEpochNanos, long toEpochNanos) {
        Dependencies dependencies = new Dependencies();
        for (Trace trace : search(TraceQuery.latest(Integer.MAX_VALUE))) {
            dependencies.count(trace, fromEpochNanos, toEpochNanos);
        }
        return dependencies.links();
    }

    public Holding holding() {
        synchronized (store) {
            return new Holding(store.traces(), store.incomplete(), store.spans(), store.bytes(), store.evicted(),
                    store.overfull(), spans.dropped(), decisions.dropped());
        }
    }

    /// Ends the thread; what is kept can still be asked for. Idempotent.
    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closing = true;
            running = thread;
        }
        if (running == null) {
            return;
        }
        LockSupport.unpark(running);
        try {
            running.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
