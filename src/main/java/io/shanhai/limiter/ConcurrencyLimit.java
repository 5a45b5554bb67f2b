package io.shanhai.limiter;

import java.util.concurrent.atomic.AtomicLongArray;

/// At most `limit` permits held at the same time. Knows no time: a permit is held from [#tryAcquire()] to [#release()],
/// and whoever got one releases it exactly once, on every path.
///
/// Thread safety: safe for all threads, without a lock. A permit that is free is never refused because another thread is
/// about to be: nothing is taken first and put back later. Allocates nothing after construction.
public final class ConcurrencyLimit {

    /*
     * The one contended word lies in the middle of 128 bytes of its own, so that it shares no cache line (64 B) with
     * `limit` or with another object's counter.
     */
    private static final int HELD = 8;

    private final AtomicLongArray words = new AtomicLongArray(2 * HELD);
    private volatile int limit;

    /// @param limit permits, 1..2³¹-1
    public ConcurrencyLimit(int limit) {
        this.limit = checked(limit);
    }

    /// @return false when all permits are held; nothing is taken then
    public boolean tryAcquire() {
        return tryAcquire(Integer.MAX_VALUE);
    }

    /// For those that may not use all permits.
    ///
    /// @param most granted only while fewer than as many are held
    public boolean tryAcquire(int most) {
        long held = words.get(HELD);
        while (held < limit && held < most) {
            if (words.compareAndSet(HELD, held, held + 1)) {
                return true;
            }
            held = words.get(HELD);
        }
        return false;
    }

    /// Whether [#tryAcquire()] would be granted. Takes nothing.
    public boolean isFree() {
        return words.get(HELD) < limit;
    }

    /// Gives one permit back.
    ///
    /// @throws IllegalStateException when none is held: a permit was released twice, and the limit would silently grow
    public void release() {
        long held = words.get(HELD);
        while (held > 0) {
            if (words.compareAndSet(HELD, held, held - 1)) {
                return;
            }
            held = words.get(HELD);
        }
        throw new IllegalStateException("release: no permit is held (expected: one release for each acquire that was granted)");
    }

    /// What is held stays held: after lowering, nothing is granted until fewer than the new limit are held.
    ///
    /// @param newLimit permits, 1..2³¹-1
    public void changeLimit(int newLimit) {
        limit = checked(newLimit);
    }

    /// Permits held now. More than [#limit()] for a while after the limit was lowered.
    public int held() {
        return (int) words.get(HELD);
    }

    /// Permits there are.
    public int limit() {
        return limit;
    }

    private static int checked(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + Integer.MAX_VALUE + ")");
        }
        return limit;
    }
}
