package io.shanhai.limiter;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/// The latest n outcomes, whenever they came. Each place holds one outcome in the form of a sum; whoever replaces it moves
/// the sum by the difference, so that it is exact as soon as all are through.
final class LatestOutcomes implements Outcomes {

    private final AtomicLongArray places;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong sum = new AtomicLong();

    /// @param size 1..100,000
    LatestOutcomes(int size) {
        places = new AtomicLongArray(size);
    }

    @Override
    public void add(boolean failed, boolean slow, long now) {
        replace(Integer.remainderUnsigned(next.getAndIncrement(), places.length()), Outcomes.of(failed, slow));
    }

    private void replace(int place, long outcome) {
        long change = outcome - places.getAndSet(place, outcome);
        if (change != 0) {
            sum.addAndGet(change);
        }
    }

    @Override
    public long sum(long now) {
        return sum.get();
    }

    @Override
    public void clear() {
        for (int i = 0; i < places.length(); i++) {
            replace(i, 0);
        }
    }
}
