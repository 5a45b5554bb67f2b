package io.shanhai.node;

/// Turns `System.nanoTime` stamps into wall-clock time, so that one stamp serves both. Anchored anew every minute,
/// because the wall clock is adjusted and the monotonic one is not. Safe for all threads.
public final class WallClock {

    private static final long ANCHOR_FOR_NANOS = 60_000_000_000L;

    private static volatile Anchor anchor = Anchor.now();

    private record Anchor(long nanoTime, long epochNanos) {
        static Anchor now() {
            return new Anchor(System.nanoTime(), System.currentTimeMillis() * 1_000_000L);
        }
    }

    private WallClock() {}

    /// @param nanoTime a stamp of `System.nanoTime`
    /// @return nanoseconds since 1970, exact to about a millisecond
    public static long epochNanos(long nanoTime) {
        Anchor current = anchor;
        if (nanoTime - current.nanoTime > ANCHOR_FOR_NANOS) {
            current = Anchor.now();
            anchor = current; // a race anchors twice: harmless
        }
        return current.epochNanos + (nanoTime - current.nanoTime);
    }
}
