package io.shanhai.limiter;

/// Who goes first when permits run short: each priority may use only a share of a [ConcurrencyLimit], the most important
/// all of it. The more is held, the more priorities are refused, the least important first, and what is left over is for
/// the important alone. Follows the limit when that is changed, as an adaptive one is.
///
/// Thread safety: safe for all threads, without a lock. Allocates nothing after construction.
public final class PriorityShedding {

    private final ConcurrencyLimit limit;
    private final int[] percents;

    /// @param percents of the limit's permits for each priority, 0 the most important: the first is 100, none is larger
    ///        than the one before it, all are 1..100. Of a small limit each keeps one permit at least
    public PriorityShedding(ConcurrencyLimit limit, int... percents) {
        this.limit = limit;
        this.percents = percents.clone();
        if (percents.length == 0 || percents[0] != 100) {
            throw new IllegalArgumentException("percents: the first is " + (percents.length == 0 ? "missing" : percents[0])
                    + " (expected: 100, or permits would never be used)");
        }
        for (int i = 1; i < percents.length; i++) {
            if (percents[i] < 1 || percents[i] > percents[i - 1]) {
                throw new IllegalArgumentException("percents: " + percents[i] + " for priority " + i + " (expected: 1.."
                        + percents[i - 1] + ")");
            }
        }
    }

    /// Takes a permit of the limit; give it back there.
    ///
    /// @param priority 0 is the most important; one without a share of its own is treated as the least important
    /// @return false when it is shed; nothing is taken then
    public boolean tryAcquire(int priority) {
        if (priority < 0) {
            throw new IllegalArgumentException("priority: " + priority + " (expected: 0 or more)");
        }
        long share = percents[Math.min(priority, percents.length - 1)];
        return limit.tryAcquire((int) Math.max(1, share * limit.limit() / 100));
    }
}
