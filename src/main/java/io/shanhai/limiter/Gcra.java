package io.shanhai.limiter;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// The generic cell rate algorithm (ITU-T I.371): units are due one every `per / rate`, and up to `burst` may come at once.
/// Any span of time `t` admits at most `burst + t × rate / per` units. The whole state is one word.
///
/// The distance between units is rounded up to whole nanoseconds: never more than the rate, and less by under 1 ns per unit
/// (nothing at 1000/s, at most 0.1 % at 1,000,000/s). [TokenBucket] carries the remainder instead.
///
/// Thread safety: safe for all threads, without a lock. Allocates nothing after construction.
public final class Gcra implements Limit {

    private static final long MOST = 1_000_000_000L;
    private static final long LONGEST_BURST_NANOS = Duration.ofDays(36_525).toNanos();
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(366);

    /*
     * When the next unit is due if units come evenly ("theoretical arrival time"). Times are compared by their difference,
     * as nanoTime demands, so idling costs nothing and overflows only after 292 years. The word lies in the middle of 128
     * bytes of its own: it shares no cache line (64 B) with the fields read beside it.
     */
    private static final int DUE = 8;

    private final AtomicLongArray words = new AtomicLongArray(2 * DUE);
    private final long rate;
    private final long perNanos;
    private final long distanceNanos; // between two units
    private final long aheadNanos; // how far before it is due a unit may come

    /// @param rate units per `per`, 1..1,000,000,000
    /// @param per 1 ms to 366 days
    /// @param burst units that may come at once, 1..1,000,000,000; together they may be worth 100 years at most
    /// @param now from this moment on it counts; the whole burst is free then
    public Gcra(long rate, Duration per, long burst, long now) {
        if (rate < 1 || rate > MOST) {
            throw new IllegalArgumentException("rate: " + rate + " (expected: 1.." + MOST + ")");
        }
        if (per.compareTo(SHORTEST) < 0 || per.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("per: " + per + " (expected: 1 ms to 366 days)");
        }
        if (burst < 1 || burst > MOST) {
            throw new IllegalArgumentException("burst: " + burst + " (expected: 1.." + MOST + ")");
        }
        this.rate = rate;
        perNanos = per.toNanos();
        distanceNanos = Math.ceilDiv(perNanos, rate);
        if (burst > LONGEST_BURST_NANOS / distanceNanos) {
            throw new IllegalArgumentException("burst: " + burst + " is worth more than 100 years at " + rate + " per "
                    + per + " (expected: a smaller burst or a higher rate)");
        }
        aheadNanos = (burst - 1) * distanceNanos;
        words.set(DUE, now);
    }

    @Override
    public boolean tryAcquire(long now) {
        while (true) {
            long seen = words.get(DUE);
            long wait = Math.max(0, seen - now); // due before now is due now: an idle time saves up no more than the burst
            if (wait > aheadNanos) {
                return false;
            }
            if (words.compareAndSet(DUE, seen, now + wait + distanceNanos)) {
                return true;
            }
        }
    }

    /// Meant for at once. One word does not remember whether the burst was full since `acquiredAt`: a unit that idling had
    /// restored already and that is given back after it is restored twice, and one more than the bound may come.
    @Override
    public void giveBack(long acquiredAt) {
        words.addAndGet(DUE, -distanceNanos);
    }

    @Override
    public long remaining(long now) {
        long free = aheadNanos - waitNanos(now);
        return free < 0 ? 0 : free / distanceNanos + 1;
    }

    @Override
    public long nanosUntilFree(long now) {
        return Math.max(0, waitNanos(now) - aheadNanos);
    }

    private long waitNanos(long now) {
        return Math.max(0, words.get(DUE) - now);
    }

    @Override
    public long quota() {
        return rate;
    }

    @Override
    public long windowNanos() {
        return perNanos;
    }

    @Override
    public String algorithm() {
        return "gcra";
    }
}
