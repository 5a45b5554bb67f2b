package io.shanhai.metrics;

import java.util.concurrent.atomic.LongAdder;

/// Durations in fixed buckets. Safe for all threads, no lock, no allocation.
public final class Histogram {

    /// The gateway's buckets: exponential, 0.01 s times 2, eight of them (0.01 … 1.28), as the article has them.
    private static final long[] EXPONENTIAL_NANOS = exponentialNanos();

    private final long[] upperNanos;
    private final LongAdder[] buckets;
    private final LongAdder sumNanos = new LongAdder();

    Histogram() {
        upperNanos = EXPONENTIAL_NANOS;
        buckets = new LongAdder[upperNanos.length + 1];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = new LongAdder();
        }
    }

    private static long[] exponentialNanos() {
        long[] bounds = new long[8];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = 10_000_000L << i; // 10 ms … 1.28 s
        }
        return bounds;
    }

    /// @param nanos a duration; below 0 counts as 0
    public void record(long nanos) {
        int i = 0;
        while (i < upperNanos.length && nanos > upperNanos[i]) {
            i++;
        }
        buckets[i].increment();
        sumNanos.add(Math.max(0, nanos));
    }

    /// Upper bounds in nanoseconds, without the last, open bucket.
    long[] upperNanos() {
        return upperNanos.clone();
    }

    /// Counts per bucket, not cumulative, the last one is the open bucket.
    long[] counts() {
        long[] counts = new long[buckets.length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = buckets[i].sum();
        }
        return counts;
    }

    double sumSeconds() {
        return sumNanos.sum() / 1e9;
    }
}
