package io.shanhai.gateway;

import java.util.concurrent.atomic.AtomicInteger;

/// How an endpoint of a pool is doing, as the requests sent to it tell. Lives on from Plan to Plan as long as the
/// instance stays in its service. Safe for all threads; nothing here locks or allocates.
public final class Vitals {

    private static final long NEVER = Long.MIN_VALUE;
    private static final long FORGIVEN_NANOS = 300_000_000_000L; // 5 min without an ejection: the next one counts as the first
    private static final long LONGEST_NANOS = 300_000_000_000L; // Envoy's max_ejection_time

    private final AtomicInteger active = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    /// `System.nanoTime` when it came into a pool that had others; [#NEVER] for one that was there from the start.
    private final long joinedNanos;
    private volatile long ejectedUntilNanos = NEVER;
    private volatile int ejections;

    /// Of an endpoint that is as warm as all others.
    public Vitals() {
        this.joinedNanos = NEVER;
    }

    /// @param joinedNanos when it joined others that were there before
    public Vitals(long joinedNanos) {
        this.joinedNanos = joinedNanos;
    }

    /// Requests under way.
    public int active() {
        return active.get();
    }

    void begin() {
        active.getAndIncrement();
    }

    void end() {
        active.getAndDecrement();
    }

    public void succeeded() {
        if (failures.get() != 0) { // the usual case writes nothing that other cores read
            failures.set(0);
        }
    }

    /// @return how many attempts in a row have failed, with this one
    public int failed() {
        return failures.incrementAndGet();
    }

    public boolean isEjected(long nowNanos) {
        long until = ejectedUntilNanos;
        return until != NEVER && until - nowNanos > 0;
    }

    /// Gives it no traffic for `stepNanos` times the number of its ejections, at most five minutes. One thread at a time.
    public void eject(long stepNanos, long nowNanos) {
        long last = ejectedUntilNanos;
        ejections = last == NEVER || nowNanos - last > FORGIVEN_NANOS ? 1 : ejections + 1;
        failures.set(0);
        ejectedUntilNanos = nowNanos + Math.min(LONGEST_NANOS, stepNanos * ejections);
    }

    /// Times it was ejected without a long good spell between.
    public int ejections() {
        return ejections;
    }

    /// For how much longer it gets no traffic; 0 when it does.
    public long ejectedForNanos(long nowNanos) {
        return isEjected(nowNanos) ? ejectedUntilNanos - nowNanos : 0;
    }

    /// Its share of what its weight promises: grows from a tenth to the whole while it starts.
    ///
    /// @param windowNanos length of a slow start; 0 for none
    public double warmth(long nowNanos, long windowNanos) {
        if (windowNanos == 0 || joinedNanos == NEVER) {
            return 1;
        }
        long age = nowNanos - joinedNanos;
        return age >= windowNanos ? 1 : Math.max(0.1, (double) age / windowNanos);
    }
}
