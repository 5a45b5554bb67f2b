package io.shanhai.gateway.filter;

import io.shanhai.gateway.Exchange;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Tells operators of requests the gateway could not serve (5xx of its own): one line each, with the trace id that
/// `shanhai explain` takes. At most [#MAX_PER_SECOND] a second; the others are counted. Safe for all threads; a line is
/// written on a thread of its own, because standard error may block and a gateway loop may not.
final class FailureLog {

    static final int MAX_PER_SECOND = 20; // enough to see what is wrong, too few to fill a disk

    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final Counter suppressed;
    private final AtomicInteger inThisSecond = new AtomicInteger();
    private volatile long secondBegan = System.nanoTime();

    FailureLog(Metrics metrics) {
        suppressed = metrics.counter("shanhai_gateway_failures_unlogged_total",
                "Failed requests without a log line, because there were too many.");
    }

    void tell(Exchange x) {
        if (x.reason == null || x.status < 500) {
            return;
        }
        if (!mayTell(x.endNanos)) {
            suppressed.increment();
            return;
        }
        String traceId = x.trace.traceId();
        String spanId = HexFormat.of().toHexDigits(x.trace.spanId());
        String route = x.route == null ? Chain.NO_ROUTE : x.route.id();
        String instance = x.endpoint == null ? "none" : x.endpoint.address();
        Thread.ofVirtual().name("gateway-failure-log").start(() -> {
            try (var _ = MDC.putCloseable("trace_id", traceId); var _ = MDC.putCloseable("span_id", spanId)) {
                LOG.warn("{} {} answered {}: {} (route {}, instance {}, attempts {}, engine {})", x.method, x.path, x.status,
                        x.reason, route, instance, x.attempts, x.engine.label());
            }
        });
    }

    // Two threads may both begin a second: then a few lines more are written, which does no harm.
    private boolean mayTell(long now) {
        if (now - secondBegan > SECOND_NANOS) {
            secondBegan = now;
            inThisSecond.set(0);
        }
        return inThisSecond.incrementAndGet() <= MAX_PER_SECOND;
    }
}
