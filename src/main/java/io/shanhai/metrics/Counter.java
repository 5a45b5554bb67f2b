package io.shanhai.metrics;

import java.util.concurrent.atomic.LongAdder;

/// A number that only grows. Safe for all threads, a few nanoseconds an update.
public final class Counter {

    private final LongAdder count = new LongAdder();

    Counter() {}

    public void increment() {
        count.increment();
    }

    /// @param n at least 0
    public void add(long n) {
        count.add(n);
    }

    public long value() {
        return count.sum();
    }
}
