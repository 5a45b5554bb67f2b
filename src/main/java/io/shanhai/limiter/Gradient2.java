package io.shanhai.limiter;

/// Netflix's Gradient2 (concurrency-limits, `Gradient2Limit`): the size follows the ratio of the time calls took in the long
/// run to the time they take now, with room for a short queue. It needs no target; it finds one, and drifts with it under
/// lasting overload. Meant for short periods (1 s).
///
/// Used by one [AdaptiveConcurrency] alone: it remembers the long run.
public final class Gradient2 implements AdaptiveConcurrency.Law {

    // The original's defaults.
    private static final double TOLERANCE = 1.5;
    private static final double SMOOTHING = 0.2;
    private static final int QUEUE = 4;
    private static final int LONG_RUN = 600; // samples of the exponential average
    private static final int WARM_UP = 10; // plain average before

    private double longNanos;
    private int samples;

    @Override
    public double quantile() {
        return 0.5;
    }

    @Override
    public double next(double limit, long tookNanos, int mostHeld) {
        double shortNanos = Math.max(1, tookNanos);
        samples = Math.min(samples + 1, LONG_RUN);
        double weight = samples <= WARM_UP ? 1.0 / samples : 2.0 / (LONG_RUN + 1);
        longNanos += (shortNanos - longNanos) * weight;
        if (longNanos / shortNanos > 2) {
            longNanos *= 0.95; // the load is gone: do not remember it for ten minutes
        }
        if (mostHeld < limit / 2) {
            return limit; // limited by its callers, not by us
        }
        double gradient = Math.clamp(TOLERANCE * longNanos / shortNanos, 0.5, 1.0);
        return limit * (1 - SMOOTHING) + (limit * gradient + QUEUE) * SMOOTHING;
    }
}
