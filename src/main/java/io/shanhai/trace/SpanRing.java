package io.shanhai.trace;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/// Hands finished spans from request threads to the collector. Bounded: a full ring drops the newest span and counts it.
/// Many producers, one consumer.
public final class SpanRing {

    private final MpscAtomicArrayQueue<Span> queue;
    private final LongAdder dropped = new LongAdder();

    /// @param capacity spans held, rounded up to a power of two
    public SpanRing(int capacity) {
        queue = new MpscAtomicArrayQueue<>(capacity);
    }

    /// Never blocks.
    ///
    /// @return false when the ring was full; the span is then counted in [#dropped()]
    public boolean offer(Span span) {
        if (queue.relaxedOffer(span)) {
            return true;
        }
        dropped.increment();
        return false;
    }

    /// Called by the one consumer.
    ///
    /// @return how many spans were handed over, at most `limit`
    public int drain(Consumer<Span> consumer, int limit) {
        return queue.drain(consumer::accept, limit);
    }

    /// Spans dropped since start.
    public long dropped() {
        return dropped.sum();
    }

    /// Spans waiting now; approximate while producers run.
    public int size() {
        return queue.size();
    }
}
