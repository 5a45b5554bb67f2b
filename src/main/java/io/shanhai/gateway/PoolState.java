package io.shanhai.gateway;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// What a pool knows beyond one Plan: where its round robin stands, how much is under way. Safe for all threads.
public final class PoolState {

    private final AtomicInteger cursor;
    /// Apart from the cursor: a throw of dice must not shift whose turn it is.
    private final AtomicInteger dice = new AtomicInteger();
    private final Places places = new Places();
    private final AtomicInteger retrying = new AtomicInteger();
    private final AtomicBoolean ejecting = new AtomicBoolean();

    public PoolState() {
        this(new AtomicInteger());
    }

    PoolState(AtomicInteger cursor) {
        this.cursor = cursor;
    }

    AtomicInteger cursor() {
        return cursor;
    }

    AtomicInteger dice() {
        return dice;
    }

    public Places places() {
        return places;
    }

    /// Exchanges that are at a further attempt.
    public int retrying() {
        return retrying.get();
    }

    /// Counts a further attempt unless there are `most` already.
    boolean tryRetry(int most) {
        if (retrying.incrementAndGet() <= most) {
            return true;
        }
        retrying.decrementAndGet();
        return false;
    }

    void endRetry() {
        retrying.decrementAndGet();
    }

    /// Runs `ejection` unless another thread is at it: then the endpoint's next failure will try again.
    public void ejectAlone(Runnable ejection) {
        if (ejecting.compareAndSet(false, true)) {
            try {
                ejection.run();
            } finally {
                ejecting.set(false);
            }
        }
    }
}
