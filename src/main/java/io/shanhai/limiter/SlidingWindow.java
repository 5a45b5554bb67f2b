package io.shanhai.limiter;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// At most `limit` units in any window, wherever the window begins. Counts in a ring of buckets, so it needs a few hundred
/// bytes whatever the limit is.
///
/// The bound is strict and the price is that a unit stays counted up to one bucket longer than the window: under steady
/// pressure it admits `limit` units per `window × (1 + 1/buckets)`, 1.6 % less than the limit with 64 buckets.
///
/// Thread safety: safe for all threads, without a lock. A `now` older than the latest one seen counts as the latest: a
/// request that was stamped first and decided second is counted when it was decided. Allocates nothing after construction.
public final class SlidingWindow implements Limit {

    /// 64 buckets: the window's edge is 1.6 % wide and a limit takes 600 B.
    public static final int DEFAULT_BUCKETS = 64;

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(366);

    /*
     * Why k+1 buckets. A ring of k buckets of window/k forgets a whole bucket at once, also its youngest unit: a burst at
     * the end of that bucket and one just after its departure lie less than a window apart and are 2 x limit. With the
     * bucket under way and k whole ones before it, everything younger than k buckets >= one window is still counted.
     *
     * Why without a lock. Nothing is counted per bucket. STATE holds how many were ever admitted (upper half, modulo 2³²)
     * and the number of the bucket under way (lower half); `starts` holds, in the same form, what STATE was when a bucket
     * began. Used is the total less the total at the beginning of the oldest bucket that counts. That one, BASE, stays
     * the same as long as a bucket lasts, so a decision is three loads and one compare-and-set of STATE.
     *
     * A new bucket comes in steps that any thread can take: LATEST, STATE, its start, BASE, EDGE. As BASE carries the
     * bucket's number and must agree with STATE, nobody admits before the start is written: until then the total in STATE
     * is the start, and whoever comes writes the same. A thread that was stopped halfway fails its compare-and-set, or
     * writes a BASE or EDGE of the past, which sends the next thread to settle() and admits nothing.
     *
     * Halves of 32 bits: the bucket's number is whole in LATEST; only equal ones are compared by half. A slot that idled for
     * exactly 2³² buckets (two years of 15 ms) would be taken for its own successor and counts too much for one window.
     */
    private static final int STATE = 8; // alone in its 128 bytes, as all threads write it
    private static final int BASE = 24; // these are written once per bucket
    private static final int EDGE = 25; // where the bucket under way ends
    private static final int LATEST = 26; // its number, never behind the one in STATE
    private static final int ORIGIN = 27; // where bucket 0 began: the first call places it, nanoTime has no zero
    private static final long NO_ORIGIN = Long.MIN_VALUE;
    private static final long ONE = 1L << 32;
    private static final long NUMBER = ONE - 1;

    private final AtomicLongArray words = new AtomicLongArray(36);
    private final AtomicLongArray starts;
    private final int buckets;
    private final long windowNanos;
    private final long bucketNanos;
    private volatile int limit;

    /// @param limit units per window, 1..2³¹-1
    /// @param window 1 ms to 366 days
    public SlidingWindow(long limit, Duration window) {
        this(limit, window, DEFAULT_BUCKETS);
    }

    /// @param buckets into how many parts the window is cut, 1..4096
    public SlidingWindow(long limit, Duration window, int buckets) {
        this.limit = checked(limit);
        if (window.compareTo(SHORTEST) < 0 || window.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("window: " + window + " (expected: 1 ms to 366 days)");
        }
        if (buckets < 1 || buckets > 4096) {
            throw new IllegalArgumentException("buckets: " + buckets + " (expected: 1..4096)");
        }
        this.buckets = buckets;
        windowNanos = window.toNanos();
        bucketNanos = Math.ceilDiv(windowNanos, buckets); // rounded up: k buckets must not be shorter than the window
        starts = new AtomicLongArray(buckets + 1);
        words.set(ORIGIN, NO_ORIGIN);
        words.set(BASE, -1); // no bucket's: the first call settles
    }

    private static int checked(long limit) {
        if (limit < 1 || limit > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + Integer.MAX_VALUE + ")");
        }
        return (int) limit;
    }

    /*
     * HOT PATH, once per limited request. STATE is loaded last: next to its compare-and-set, so that few threads come in
     * between, and after EDGE, which is never ahead of it, so that a refusal was true when STATE was loaded.
     */
    @Override
    public boolean tryAcquire(long now) {
        while (true) {
            long base = words.get(BASE);
            long edge = words.get(EDGE);
            int most = limit;
            long seen = words.get(STATE);
            if (now - edge >= 0 || (int) base != (int) seen) {
                settle(now);
            } else if (Integer.compareUnsigned(used(seen, base), most) >= 0) {
                return false;
            } else if (words.compareAndSet(STATE, seen, seen + ONE)) {
                return true;
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private boolean isFull(long state, long base) {
        return Integer.compareUnsigned(used(state, base), limit) >= 0;
    }

    private static int used(long state, long base) {
        return (int) (state >>> 32) - (int) (base >>> 32);
    }

    /// Gives the unit back as long as the bucket it was taken in is under way, as it is right after it was taken. Later it
    /// stays counted until it leaves the window: never more than the limit.
    @Override
    public void giveBack(long acquiredAt) {
        long origin = words.get(ORIGIN);
        if (origin == NO_ORIGIN || acquiredAt - origin < 0) {
            return;
        }
        long number = (acquiredAt - origin) / bucketNanos;
        while (true) {
            long seen = words.get(STATE);
            long start = starts.get(slotOf(number));
            if ((int) seen != (int) number || (int) start != (int) number || used(seen, start) == 0) {
                return;
            }
            if (words.compareAndSet(STATE, seen, seen - ONE)) {
                return;
            }
        }
    }

    @Override
    public long remaining(long now) {
        while (true) {
            long base = words.get(BASE);
            long edge = words.get(EDGE);
            long seen = words.get(STATE);
            if (now - edge >= 0 || (int) base != (int) seen) {
                settle(now);
            } else {
                return Math.max(0, limit - Integer.toUnsignedLong(used(seen, base)));
            }
        }
    }

    @Override
    public long nanosUntilFree(long now) {
        while (remaining(now) == 0) {
            long seen = words.get(STATE);
            long number = words.get(LATEST);
            if ((int) number != (int) seen) {
                continue;
            }
            // From the youngest bucket back: the earliest that could be the oldest counted and leave room.
            long first = number + 1;
            long start = seen;
            for (long older = number; older > number - buckets && older >= 0; older--) {
                long entry = starts.get(slotOf(older));
                start = (int) entry == (int) older ? entry : start;
                if (isFull(seen, start)) {
                    break;
                }
                first = older;
            }
            if (words.get(STATE) == seen) {
                return Math.max(0, words.get(ORIGIN) + (first + buckets) * bucketNanos - now);
            }
        }
        return 0;
    }

    /// What was used stays used: after lowering, nothing is admitted until fewer than the new limit are in the window.
    ///
    /// @param newLimit units per window, 1..2³¹-1
    public void changeLimit(long newLimit) {
        limit = checked(newLimit);
    }

    /// Makes the bucket of `now` the one under way, or takes one step that another thread left undone.
    private void settle(long now) {
        long origin = originAt(now);
        long seen = words.get(STATE);
        long latest = words.get(LATEST); // after STATE: never behind it
        long number = Math.max(latest, (now - origin) / bucketNanos);
        if (number > latest && !words.compareAndSet(LATEST, latest, number)) {
            return;
        }
        if ((int) number != (int) seen && !words.compareAndSet(STATE, seen, seen & -ONE | number & NUMBER)) {
            return;
        }
        int slot = slotOf(number);
        long start = starts.get(slot);
        long state = words.get(STATE); // after the slot: what it held is not from a bucket after this one
        if ((int) state != (int) number || (int) start != (int) number && !starts.compareAndSet(slot, start, state)) {
            return;
        }
        long base = words.get(BASE);
        if ((int) base != (int) number && !words.compareAndSet(BASE, base, baseOf(number))) {
            return;
        }
        words.set(EDGE, origin + (number + 1) * bucketNanos);
    }

    /// The total when the oldest bucket that counts began. One that nobody used has no start: it began like the next.
    private long baseOf(long number) {
        long start = starts.get(slotOf(number));
        for (long older = number - 1; older >= number - buckets && older >= 0; older--) {
            long entry = starts.get(slotOf(older));
            start = (int) entry == (int) older ? entry : start;
        }
        return start & -ONE | number & NUMBER;
    }

    private long originAt(long now) {
        long origin = words.get(ORIGIN);
        if (origin != NO_ORIGIN) {
            return origin;
        }
        words.compareAndSet(ORIGIN, NO_ORIGIN, now == NO_ORIGIN ? now + 1 : now);
        return words.get(ORIGIN);
    }

    private int slotOf(long number) {
        return (int) (number % (buckets + 1));
    }

    @Override
    public long quota() {
        return limit;
    }

    @Override
    public long windowNanos() {
        return windowNanos;
    }

    @Override
    public String algorithm() {
        return "sliding-window";
    }
}
