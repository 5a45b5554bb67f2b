package io.shanhai.store.embedded;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.node.SteadyClock;
import io.shanhai.store.StoreException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends leases whose time is over: one transaction per lease, a bounded number per tick. Owns the clock that leases are
/// measured with and the thread that ticks it, so that a pause of this process ends no lease.
final class LeaseKeeper implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

    private static final Duration TICK = Duration.ofMillis(100); // a lease ends at most this late; ten wake-ups a second
    private static final Duration TOLERANCE = Duration.ofMillis(400); // scheduling delay of a busy small machine
    private static final int MAX_PER_TICK = 100; // 1,000 a second, as etcd: a mass expiry must not starve the writers
    private static final int LEASE_BYTES = 64;

    private final SteadyClock clock;
    private final LeaseTable leases;
    private final Counter expired;
    private final Counter failed;
    private final Thread thread = Thread.ofPlatform().name("store-leases").daemon().unstarted(this::run);
    private volatile Committer committer;
    private volatile boolean closed;

    LeaseKeeper(LongSupplier nanoClock, Metrics metrics) {
        this.clock = new SteadyClock(nanoClock, TICK, TOLERANCE);
        this.leases = new LeaseTable(clock::nanos);
        this.expired = metrics.counter("shanhai_store_leases_expired_total", "Leases ended because nobody renewed them.");
        this.failed = metrics.counter("shanhai_store_lease_failures_total", "Expirations that could not be written.");
        metrics.gauge("shanhai_store_leases", "Leases there are.", leases::size);
    }

    LeaseTable leases() {
        return leases;
    }

    /// From here on every lease has its full time.
    void start(Committer through) {
        committer = through;
        clock.tick();
        leases.renewAll();
        thread.start();
    }

    private void run() {
        while (!closed) {
            LockSupport.parkNanos(this, TICK.toNanos());
            clock.tick();
            for (long id : leases.due(MAX_PER_TICK)) {
                expire(id);
                clock.tick(); // a slow disk is no pause of the process
            }
        }
    }

    private void expire(long id) {
        try {
            if (!closed && committer.submit(LEASE_BYTES, draft -> draft.end(id, true))) {
                expired.increment();
            } else {
                leases.keep(id); // renewed in the last moment
            }
        } catch (StoreException e) {
            failed.increment();
            leases.keep(id);
            LOG.debug("lease {} could not be ended, it is tried again", id, e);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
