package io.shanhai.store.etcd;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.node.WallClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether etcd can be reached, since when not, and why: what calls and watches met last. While it is away one thread
/// asks it again and again, so that its return is noticed without traffic. Safe for all threads.
final class Reach implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Reach.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50); // an etcd that is restarted is back within 0.1 s
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /// @param sinceNanos of the clock
    private record Outage(long sinceNanos, String why) {}

    private final String endpoints;
    private final LongSupplier nanoClock;
    private final BooleanSupplier probe;
    private final Counter returns;
    private final Counter failures;
    /// Watches that have no stream, each with what it met last.
    private final Map<Object, Outage> waiting = new ConcurrentHashMap<>();
    private volatile Outage outage; // changed under the monitor
    private volatile boolean closed;

    /// @param probe asks etcd once; must call [#answered()] or [#lost(String)] like every other call
    Reach(String endpoints, LongSupplier nanoClock, BooleanSupplier probe, Metrics metrics) {
        this.endpoints = endpoints;
        this.nanoClock = nanoClock;
        this.probe = probe;
        this.returns = metrics.counter("shanhai_store_etcd_reconnects_total", "Times etcd was back after it had been away.");
        this.failures = metrics.counter("shanhai_store_etcd_failures_total", "Calls that etcd did not answer.");
        metrics.gauge("shanhai_store_etcd_up", "1 while etcd answers, 0 while it is away.", () -> outage == null ? 1 : 0);
        metrics.gauge("shanhai_store_etcd_watches_waiting", "Watches that wait for a stream of etcd.", waiting::size);
    }

    boolean isAway() {
        return outage != null;
    }

    /// etcd answered something, be it a refusal.
    void answered() {
        if (outage != null) {
            back();
        }
    }

    private synchronized void back() {
        Outage over = outage;
        if (over != null) {
            outage = null;
            returns.increment();
            notifyAll();
            LOG.info("etcd at {} is back after {} ms", endpoints,
                    TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - over.sinceNanos));
        }
    }

    /// A call found nobody, or got no answer in time.
    void lost(String why) {
        failures.increment();
        synchronized (this) {
            if (closed) {
                return;
            }
            if (outage != null) {
                outage = new Outage(outage.sinceNanos, why);
                return;
            }
            outage = new Outage(nanoClock.getAsLong(), why);
        }
        LOG.warn("etcd at {} is away: {}. Reads and writes of the store are refused until it is back", endpoints, why);
        Thread.ofVirtual().name("store-etcd-reach").start(this::lookAgain);
    }

    private void lookAgain() {
        Duration pause = FIRST_PAUSE;
        while (!awaitReturn(pause) && !closed && !probe.getAsBoolean()) {
            pause = longer(pause);
        }
    }

    static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    /// Waits until etcd is not away, `longest` at most.
    ///
    /// @return whether it is not away
    synchronized boolean awaitReturn(Duration longest) {
        long deadline = nanoClock.getAsLong() + longest.toNanos();
        while (outage != null && !closed) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - nanoClock.getAsLong());
            if (left <= 0) {
                break;
            }
            try {
                wait(left);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return outage == null;
    }

    /// The watch has no stream: it may miss nothing, but it is late.
    void waits(Object watch, String why) {
        Outage before = waiting.get(watch);
        waiting.put(watch, new Outage(before == null ? nanoClock.getAsLong() : before.sinceNanos, why));
    }

    void watches(Object watch) {
        waiting.remove(watch);
    }

    /// What an operator should know, empty while all is well.
    Optional<String> trouble() {
        Outage away = outage;
        if (away != null) {
            return Optional.of("etcd at " + endpoints + " does not answer since " + instant(away) + ": " + away.why);
        }
        return waiting.values().stream().findFirst().map(late -> "etcd at " + endpoints + " answers, but gives no watch since "
                + instant(late) + ": " + late.why);
    }

    private Instant instant(Outage since) {
        long nowNanos = WallClock.epochNanos(System.nanoTime());
        long millis = TimeUnit.NANOSECONDS.toMillis(nowNanos - (nanoClock.getAsLong() - since.sinceNanos));
        return Instant.ofEpochMilli(millis);
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
