package io.shanhai.node;

import java.time.Duration;
import java.util.function.LongSupplier;

/// A monotonic clock that stands still while this process did: our own pause (GC, SIGSTOP, a suspended machine) is no
/// evidence against anybody else. One thread calls [#tick()] at a steady pace; a tick that comes late by more than the
/// tolerance moves the clock back by that much, so every deadline measured with it moves along.
///
/// Thread safety: [#nanos()] may be called by any thread, [#tick()] by one.
public final class SteadyClock {

    private final LongSupplier source;
    private final long intervalNanos;
    private final long toleranceNanos;
    private volatile long pausedNanos;
    private volatile long lastTick;

    /// @param source monotonic nanoseconds, `System::nanoTime` outside tests
    /// @param interval how often [#tick()] is called
    /// @param tolerance lateness that is still ordinary scheduling delay
    public SteadyClock(LongSupplier source, Duration interval, Duration tolerance) {
        this.source = source;
        this.intervalNanos = interval.toNanos();
        this.toleranceNanos = tolerance.toNanos();
        this.lastTick = source.getAsLong();
    }

    /// Nanoseconds on this clock; only differences mean something.
    public long nanos() {
        // A caller that wakes before the late tick sees at most the time of one interval pass since the last tick.
        long now = source.getAsLong();
        long sinceTick = now - lastTick;
        long counted = sinceTick > intervalNanos + toleranceNanos ? intervalNanos : sinceTick;
        return lastTick + counted - pausedNanos;
    }

    /// To be called once per interval.
    ///
    /// @return how many nanoseconds this process was away, 0 when the tick came in time
    public long tick() {
        long now = source.getAsLong();
        long late = now - lastTick - intervalNanos;
        long away = late > toleranceNanos ? late : 0;
        pausedNanos += away; // one writer; a reader between the two writes sees time stand still, never jump
        lastTick = now;
        return away;
    }

    /// All pauses seen so far, in nanoseconds.
    public long pausedNanos() {
        return pausedNanos;
    }
}
