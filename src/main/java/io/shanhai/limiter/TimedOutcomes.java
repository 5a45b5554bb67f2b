package io.shanhai.limiter;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// The outcomes of the last `window`, in ten buckets: one leaves up to a tenth of the window late. A rate is a statistic,
/// not a bound, so an outcome that is added just as its bucket ends may fall into the next.
///
/// Beginning a bucket is the one thing under a lock, taken ten times per window; [#add] is one addition otherwise.
final class TimedOutcomes implements Outcomes {

    private static final int BUCKETS = 10;
    /// A bucket that is full counts no more: ten of them are still below 2²¹.
    private static final long FULL = MOST / (BUCKETS + 1) - 1_000;

    private final AtomicLongArray sums = new AtomicLongArray(BUCKETS + 1);
    private final long bucketNanos;
    private volatile int head; // the bucket under way
    private volatile long edge; // where it ends; written by the lock's holder alone
    private boolean started; // nanoTime has no zero: the first outcome places the buckets

    TimedOutcomes(Duration window) {
        bucketNanos = window.toNanos() / BUCKETS;
        edge = Long.MIN_VALUE;
    }

    @Override
    public void add(boolean failed, boolean slow, long now) {
        advance(now);
        int bucket = head;
        if (Outcomes.calls(sums.get(bucket)) < FULL) {
            sums.addAndGet(bucket, Outcomes.of(failed, slow));
        }
    }

    @Override
    public long sum(long now) {
        advance(now);
        long sum = 0;
        for (int i = 0; i < sums.length(); i++) {
            sum += sums.get(i);
        }
        return sum;
    }

    private void advance(long now) {
        if (edge == Long.MIN_VALUE || now - edge >= 0) {
            begin(now);
        }
    }

    private synchronized void begin(long now) {
        if (!started) {
            started = true;
            edge = after(now, 1);
            return;
        }
        long late = now - edge;
        if (late < 0) {
            return; // another thread was here first
        }
        long steps = late / bucketNanos + 1;
        int bucket = head;
        for (long i = Math.min(steps, sums.length()); i > 0; i--) {
            bucket = bucket + 1 == sums.length() ? 0 : bucket + 1;
            sums.set(bucket, 0);
        }
        head = bucket;
        edge = after(edge, steps);
    }

    private long after(long moment, long buckets) {
        long end = moment + buckets * bucketNanos;
        return end == Long.MIN_VALUE ? end + 1 : end;
    }

    @Override
    public void clear() {
        for (int i = 0; i < sums.length(); i++) {
            sums.set(i, 0);
        }
    }
}
