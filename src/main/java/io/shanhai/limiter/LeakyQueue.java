package io.shanhai.limiter;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// Lets requests go one after the other at an even distance; who comes early waits for its turn, and who would wait longer
/// than `longestWait` is refused at once. Nobody stands in it: a place is a moment, and waiting is the caller's (in the
/// gateway a `Suspend` until then). A place is not given back: who leaves while waiting leaves a gap.
///
/// Thread safety: safe for all threads, without a lock. Allocates nothing after construction.
public final class LeakyQueue {

    /// What [#place(long)] says when the wait would be too long.
    public static final long REFUSED = -1;

    private static final int NEXT = 8; // when the next may go; alone in its 128 bytes

    private final AtomicLongArray words = new AtomicLongArray(2 * NEXT);
    private final long distanceNanos;
    private final long longestNanos;

    /// @param rate requests per `per`, 1..1,000,000,000; their distance is rounded up to whole nanoseconds
    /// @param per 1 ms to 366 days
    /// @param longestWait 0 to 1 hour
    /// @param now from this moment on it counts
    public LeakyQueue(long rate, Duration per, Duration longestWait, long now) {
        if (rate < 1 || rate > 1_000_000_000L) {
            throw new IllegalArgumentException("rate: " + rate + " (expected: 1..1000000000)");
        }
        if (per.compareTo(Duration.ofMillis(1)) < 0 || per.compareTo(Duration.ofDays(366)) > 0) {
            throw new IllegalArgumentException("per: " + per + " (expected: 1 ms to 366 days)");
        }
        if (longestWait.isNegative() || longestWait.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("longestWait: " + longestWait + " (expected: 0 to 1 h)");
        }
        distanceNanos = Math.ceilDiv(per.toNanos(), rate);
        longestNanos = longestWait.toNanos();
        words.set(NEXT, now);
    }

    /// Takes the next place.
    ///
    /// @return nanoseconds to wait from `now`, 0 to go at once, or [#REFUSED]; nothing is taken then
    public long place(long now) {
        while (true) {
            long next = words.get(NEXT);
            long wait = Math.max(0, next - now); // idling saves up nothing
            if (wait > longestNanos) {
                return REFUSED;
            }
            if (words.compareAndSet(NEXT, next, now + wait + distanceNanos)) {
                return wait;
            }
        }
    }

    /// How many wait at `now`, rounded up.
    public long waiting(long now) {
        return Math.max(0, Math.ceilDiv(words.get(NEXT) - distanceNanos - now, distanceNanos));
    }

    /// How long a refused request must wait until there is a place, 0 when there is one.
    public long nanosUntilFree(long now) {
        return Math.max(0, words.get(NEXT) - now - longestNanos);
    }
}
