package io.shanhai.gateway.nio;

import io.shanhai.metrics.Counter;
import java.util.concurrent.atomic.AtomicInteger;

/// How many clients are connected, and that they are not too many. Safe for all threads.
final class ConnectionCount {

    private final int max;
    private final Counter refused;
    private final AtomicInteger open = new AtomicInteger();

    /// @param refused counts connections closed because there were `max` already
    ConnectionCount(int max, Counter refused) {
        this.max = max;
        this.refused = refused;
    }

    /// @return false when there is no room; the connection is to be closed
    boolean tryOpen() {
        if (open.incrementAndGet() <= max) {
            return true;
        }
        open.decrementAndGet();
        refused.increment();
        return false;
    }

    void closed() {
        open.decrementAndGet();
    }

    int open() {
        return open.get();
    }
}
