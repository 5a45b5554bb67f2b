package io.shanhai.decision;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/// Hands decisions from request threads to the collector. Bounded: a full ring drops the newest and counts it.
/// Many producers, one consumer.
public final class DecisionRing {

    private final MpscAtomicArrayQueue<Decision> queue;
    private final LongAdder dropped = new LongAdder();

    /// @param capacity decisions held, rounded up to a power of two
    public DecisionRing(int capacity) {
        queue = new MpscAtomicArrayQueue<>(capacity);
    }

    /// Never blocks; false when full.
    public boolean offer(Decision decision) {
        if (queue.relaxedOffer(decision)) {
            return true;
        }
        dropped.increment();
        return false;
    }

    /// Called by the one consumer.
    ///
    /// @return how many were handed over, at most `limit`
    public int drain(Consumer<Decision> consumer, int limit) {
        return queue.drain(consumer::accept, limit);
    }

    public long dropped() {
        return dropped.sum();
    }

    /// Decisions waiting now; approximate while producers run.
    public int size() {
        return queue.size();
    }
}
