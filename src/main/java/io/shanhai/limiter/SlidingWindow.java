package io.shanhai.limiter;

import java.time.Duration;

/// At most `limit` units in any window, wherever the window begins. Counts in a ring of buckets, so it needs a few hundred
/// bytes whatever the limit is.
///
/// The bound is strict and the price is that a unit stays counted up to one bucket longer than the window: under steady
/// pressure it admits `limit` units per `window × (1 + 1/buckets)`, 1.6 % less than the limit with 64 buckets.
///
/// Thread safety: safe for all threads. A `now` older than the latest one seen counts as the latest: a request that was
/// stamped first and decided second is counted when it was decided.
public final class SlidingWindow implements Limit {

    /// 64 buckets: the window's edge is 1.6 % wide and a limit takes 260 B of counters.
    public static final int DEFAULT_BUCKETS = 64;

    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(366);

    /*
     * Why k+1 buckets. A ring of k buckets of window/k forgets a whole bucket at once, also its youngest unit: a burst at
     * the end of that bucket and one just after its departure lie less than a window apart and are 2 x limit. With the
     * bucket under way and k whole ones before it, everything younger than k buckets >= one window is still counted.
     *
     * All state is guarded by `counts`. The lock is held for a few nanoseconds, never across another call.
     */
    private final int limit;
    private final long windowNanos;
    private final long bucketNanos;
    private final int[] counts; // one per bucket, counts[head] is the one under way
    private int head;
    private long headStart; // where the bucket under way began
    private long used; // sum of counts
    private boolean started; // the first call places the buckets: nanoTime has no zero

    /// @param limit units per window, 1..2³¹-1
    /// @param window 1 ms to 366 days
    public SlidingWindow(long limit, Duration window) {
        this(limit, window, DEFAULT_BUCKETS);
    }

    /// @param buckets into how many parts the window is cut, 1..4096
    public SlidingWindow(long limit, Duration window, int buckets) {
        if (limit < 1 || limit > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + Integer.MAX_VALUE + ")");
        }
        if (window.compareTo(SHORTEST) < 0 || window.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("window: " + window + " (expected: 1 ms to 366 days)");
        }
        if (buckets < 1 || buckets > 4096) {
            throw new IllegalArgumentException("buckets: " + buckets + " (expected: 1..4096)");
        }
        this.limit = (int) limit;
        windowNanos = window.toNanos();
        bucketNanos = Math.ceilDiv(windowNanos, buckets); // rounded up: k buckets must not be shorter than the window
        counts = new int[buckets + 1];
    }

    @Override
    public boolean tryAcquire(long now) {
        synchronized (counts) {
            advance(now);
            if (used >= limit) {
                return false;
            }
            counts[head]++;
            used++;
            return true;
        }
    }

    @Override
    public void giveBack(long acquiredAt) {
        synchronized (counts) {
            if (!started) {
                return;
            }
            // The unit lies in the bucket of its stamp, or in a younger one when the stamp was late. Taking it from an
            // older bucket than its own would leave a younger count in its place: that only expires later.
            long age = Math.max(0, Math.ceilDiv(headStart - acquiredAt, bucketNanos));
            if (age >= counts.length) {
                return; // left the window meanwhile
            }
            for (int a = (int) age; a >= 0; a--) {
                int slot = slotOf(a);
                if (counts[slot] > 0) {
                    counts[slot]--;
                    used--;
                    return;
                }
            }
        }
    }

    @Override
    public long remaining(long now) {
        synchronized (counts) {
            advance(now);
            return limit - used;
        }
    }

    @Override
    public long nanosUntilFree(long now) {
        synchronized (counts) {
            advance(now);
            if (used < limit) {
                return 0;
            }
            int age = counts.length - 1;
            while (counts[slotOf(age)] == 0) { // ends: used >= limit >= 1
                age--;
            }
            long leaves = headStart + (counts.length - age) * bucketNanos; // the oldest bucket with something in it
            return leaves - now;
        }
    }

    /// Makes the bucket of `now` the one under way and empties those that left the window.
    private void advance(long now) {
        if (!started) {
            started = true;
            headStart = now;
            return;
        }
        long elapsed = now - headStart;
        if (elapsed < bucketNanos) {
            return;
        }
        long steps = elapsed / bucketNanos;
        headStart += steps * bucketNanos;
        for (long i = Math.min(steps, counts.length); i > 0; i--) {
            head = head + 1 == counts.length ? 0 : head + 1;
            used -= counts[head];
            counts[head] = 0;
        }
    }

    /// @param age 0 is the bucket under way, 1 the one before it
    private int slotOf(int age) {
        int slot = head - age;
        return slot < 0 ? slot + counts.length : slot;
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
