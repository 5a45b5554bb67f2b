package io.shanhai.limiter;

import java.time.Duration;

/// The article's loop: while the 95th percentile is above the target, 10 % fewer permits; below it, 10 % more. It grows only
/// when at least half of the permits were in use, for a limit that nobody reaches says nothing about a larger one.
public final class TargetLatency implements AdaptiveConcurrency.Law {

    private static final double STEP = 0.1;

    private final long targetNanos;

    /// @param target for the 95th percentile, 1 µs to 1 h
    public TargetLatency(Duration target) {
        if (target.compareTo(Duration.ofNanos(1_000)) < 0 || target.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("target: " + target + " (expected: 1 µs to 1 h)");
        }
        targetNanos = target.toNanos();
    }

    @Override
    public double quantile() {
        return 0.95;
    }

    @Override
    public double next(double limit, long tookNanos, int mostHeld) {
        if (tookNanos > targetNanos) {
            return limit * (1 - STEP);
        }
        return mostHeld * 2L < limit ? limit : Math.max(limit * (1 + STEP), limit + 1); // small ones must grow too
    }
}
