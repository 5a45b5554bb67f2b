package io.shanhai.limiter;

/// The outcomes of calls that a breaker's rates are made of. A sum is one word: calls, failed and slow, 21 bits each.
/// Safe for all threads, no allocation.
sealed interface Outcomes permits TimedOutcomes, LatestOutcomes {

    int FIELD = 21;
    long MOST = (1L << FIELD) - 1;

    void add(boolean failed, boolean slow, long now);

    /// What counts at `now`.
    long sum(long now);

    /// Forgets all; an outcome that is being added meanwhile may stay.
    void clear();

    static long of(boolean failed, boolean slow) {
        return 1L << 2 * FIELD | (failed ? 1L << FIELD : 0) | (slow ? 1 : 0);
    }

    static long calls(long sum) {
        return sum >>> 2 * FIELD;
    }

    static long failed(long sum) {
        return sum >>> FIELD & MOST;
    }

    static long slow(long sum) {
        return sum & MOST;
    }
}
