package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import java.util.concurrent.atomic.LongAdder;

/// Counts the connections to instances over all loops, under the names the other engine uses. Safe for all threads.
final class UpstreamMeters {

    private static final String[] LABELS = {"engine", Engine.NIO.label()};

    private final Counter opened;
    private final Counter reused;
    private final LongAdder open = new LongAdder();
    private final LongAdder idle = new LongAdder();

    UpstreamMeters(Metrics metrics) {
        opened = metrics.counter("shanhai_upstream_connections_opened_total", "Connections opened to instances.", LABELS);
        reused = metrics.counter("shanhai_upstream_connections_reused_total", "Requests sent on a kept connection.", LABELS);
        metrics.gauge("shanhai_upstream_connections_idle", "Kept connections without a request.", idle::sum, LABELS);
        metrics.gauge("shanhai_upstream_connections", "Connections to instances, at work or kept.", open::sum, LABELS);
    }

    void opened() {
        opened.increment();
        open.increment();
    }

    void closed() {
        open.decrement();
    }

    /// One becomes idle.
    void rests() {
        idle.increment();
    }

    /// An idle one is taken for a request.
    void reused() {
        reused.increment();
        idle.decrement();
    }

    /// An idle one goes.
    void forgotten() {
        idle.decrement();
    }
}
