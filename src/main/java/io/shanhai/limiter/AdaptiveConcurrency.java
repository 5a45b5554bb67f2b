package io.shanhai.limiter;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/// A [ConcurrencyLimit] that finds its size from how long calls take: at the end of each period a [Law] proposes a new
/// one, which is kept between floor and ceiling. A period with too few samples changes nothing and goes on until it has
/// them.
///
/// A timeout is a sample of the time waited: left out, an upstream that answers nobody would look idle. What must not
/// be recorded: refusals (they are fast and say nothing), and calls that last by their nature (WebSocket, long polls,
/// streams).
///
/// Thread safety: safe for all threads, without a lock. Allocates nothing after construction.
public final class AdaptiveConcurrency {

    /// Proposes the next size. Called by one thread at a time.
    public sealed interface Law permits TargetLatency, Gradient2 {

        /// Which of the period's times it wants, 0 < quantile < 1.
        double quantile();

        /// @param limit the size now
        /// @param tookNanos the quantile of the period's times
        /// @param mostHeld the most permits held at once in the period, as seen by its samples
        double next(double limit, long tookNanos, int mostHeld);
    }

    /// @param floor the smallest size, 1..`ceiling`
    /// @param ceiling the largest size, up to 1,000,000
    /// @param start the first size, `floor`..`ceiling`
    /// @param minimumSamples fewer decide nothing, 1..1,000,000
    /// @param period 10 ms to 1 h
    public record Bounds(int floor, int ceiling, int start, int minimumSamples, Duration period) {

        public Bounds {
            if (floor < 1 || ceiling > 1_000_000 || floor > ceiling) {
                throw new IllegalArgumentException("floor and ceiling: " + floor + ", " + ceiling
                        + " (expected: 1 <= floor <= ceiling <= 1000000)");
            }
            if (start < floor || start > ceiling) {
                throw new IllegalArgumentException("start: " + start + " (expected: " + floor + ".." + ceiling + ")");
            }
            if (minimumSamples < 1 || minimumSamples > 1_000_000) {
                throw new IllegalArgumentException("minimumSamples: " + minimumSamples + " (expected: 1..1000000)");
            }
            if (period.compareTo(Duration.ofMillis(10)) < 0 || period.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("period: " + period + " (expected: 10 ms to 1 h)");
            }
        }
    }

    private static final long NEVER = Long.MIN_VALUE;

    /*
     * Times are counted in classes of 1/16 of a power of two, so a quantile is right to 6.25 % upwards. Samples that come
     * while a period is being judged may be counted in it or in the next: a statistic, not a bound.
     */
    private static final int CLASSES = 16;
    private static final int CLASS_BITS = 4;

    private final ConcurrencyLimit permits;
    private final Law law;
    private final Bounds bounds;
    private final long periodNanos;
    private final AtomicLongArray times = new AtomicLongArray(64 * CLASSES);
    private final AtomicLong end = new AtomicLong(NEVER); // of the period; NEVER until the first sample
    private final AtomicLong mostHeld = new AtomicLong();
    private volatile double size; // with its fraction, so that small steps add up

    public AdaptiveConcurrency(Law law, Bounds bounds) {
        this.law = law;
        this.bounds = bounds;
        periodNanos = bounds.period.toNanos();
        size = bounds.start;
        permits = new ConcurrencyLimit(bounds.start);
    }

    /// The permits. Whoever got one releases it there, after [#record].
    public ConcurrencyLimit permits() {
        return permits;
    }

    /// One call that ended or timed out, while its permit is still held.
    ///
    /// @param tookNanos from acquiring to the end; of a timeout, the time waited. Negative counts as 0
    public void record(long tookNanos, long now) {
        int held = permits.held();
        if (held > mostHeld.get()) {
            mostHeld.accumulateAndGet(held, Math::max);
        }
        times.getAndIncrement(classOf(Math.max(0, tookNanos)));
        long ends = end.get();
        if (ends == NEVER) {
            end.compareAndSet(NEVER, endAfter(now));
        } else if (now - ends >= 0) {
            judge(ends, now);
        }
    }

    private void judge(long ends, long now) {
        // Who moves the end judges, and the next one can only come a period later.
        if (!end.compareAndSet(ends, endAfter(now))) {
            return;
        }
        long samples = 0;
        for (int i = 0; i < times.length(); i++) {
            samples += times.get(i);
        }
        if (samples < bounds.minimumSamples) {
            return; // starved: nothing is known, so nothing is changed; the samples wait for more
        }
        long took = quantile((long) Math.ceil(samples * law.quantile()));
        double proposed = law.next(size, took, (int) mostHeld.get());
        size = Math.clamp(proposed, bounds.floor, bounds.ceiling);
        permits.changeLimit((int) size);
        for (int i = 0; i < times.length(); i++) {
            times.set(i, 0);
        }
        mostHeld.set(permits.held());
    }

    private long endAfter(long now) {
        long next = now + periodNanos;
        return next == NEVER ? next + 1 : next;
    }

    /// The upper edge of the class in which the rank lies.
    private long quantile(long rank) {
        long seen = 0;
        for (int i = 0; i < times.length(); i++) {
            seen += times.get(i);
            if (seen >= rank) {
                return upperEdge(i);
            }
        }
        return Long.MAX_VALUE;
    }

    static int classOf(long nanos) {
        if (nanos < CLASSES) {
            return (int) nanos;
        }
        int power = 63 - Long.numberOfLeadingZeros(nanos); // 4..62
        return (power - CLASS_BITS + 1) * CLASSES + (int) (nanos >>> power - CLASS_BITS) - CLASSES;
    }

    static long upperEdge(int number) {
        if (number < CLASSES) {
            return number;
        }
        int shift = number / CLASSES - 1;
        return ((long) (number % CLASSES + CLASSES) + 1 << shift) - 1;
    }
}
