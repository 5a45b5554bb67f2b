package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Balance.Ejection;
import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Pool;
import io.shanhai.metrics.Metrics;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes endpoints out of their pool that fail again and again, for a time that grows. Never the last one, and never more
/// than the allowed share: when everything fails, the cause is elsewhere, and fewer endpoints would only make it worse.
/// Safe for all threads.
final class Ejector {

    private static final Logger LOG = LoggerFactory.getLogger(Ejector.class);

    private final Metrics metrics;

    Ejector(Metrics metrics) {
        this.metrics = metrics;
    }

    /// An attempt failed.
    void failed(Pool pool, Endpoint endpoint, Ejection rule, long nowNanos) {
        int failures = endpoint.vitals().failed();
        if (rule.failures() > 0 && failures >= rule.failures() && !endpoint.vitals().isEjected(nowNanos)) {
            pool.state().ejectAlone(() -> eject(pool, endpoint, rule, nowNanos));
        }
    }

    private void eject(Pool pool, Endpoint endpoint, Ejection rule, long nowNanos) {
        int size = pool.endpoints().size();
        int out = 0;
        for (Endpoint other : pool.endpoints()) {
            out += other.vitals().isEjected(nowNanos) ? 1 : 0;
        }
        int most = Math.min(size - 1, Math.max(1, size * rule.percent() / 100));
        boolean allowed = out < most && !endpoint.vitals().isEjected(nowNanos);
        metrics.counter(allowed ? "shanhai_upstream_ejections_total" : "shanhai_upstream_ejections_withheld_total",
                allowed
                        ? "Endpoints taken out of their pool because they failed again and again."
                        : "Ejections that would have taken too much of a pool.",
                "pool", pool.name()).increment();
        if (!allowed) {
            return;
        }
        endpoint.vitals().eject(rule.stepNanos(), nowNanos);
        int times = endpoint.vitals().ejections();
        long seconds = TimeUnit.NANOSECONDS.toSeconds(endpoint.vitals().ejectedForNanos(nowNanos));
        Thread.ofVirtual().name("gateway-ejection-log").start(() -> // standard error may block, a gateway loop may not
        LOG.warn("instance {} of {} failed {} times in a row: no traffic for {} s ({}. time)", endpoint.address(),
                pool.name(), rule.failures(), seconds, times));
    }
}
