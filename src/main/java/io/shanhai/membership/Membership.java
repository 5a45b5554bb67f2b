package io.shanhai.membership;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Which revision each node serves. A single node so far: itself. Acknowledgements stay in memory, never in the
/// keyspace. Safe for all threads.
public final class Membership {

    /// How long a write waits to be served before it answers `"live":false`.
    public static final Duration LIVE_TIMEOUT = Duration.ofSeconds(1);

    private final String nodeId;
    private final ReentrantLock lock = new ReentrantLock(); // LOCKS.md: membership.lock
    private final Condition moved = lock.newCondition();
    private volatile long servedRevision;

    public Membership(String nodeId) {
        this.nodeId = nodeId;
    }

    public String nodeId() {
        return nodeId;
    }

    /// The store turned out to have another history: revisions are counted from `revision` on, which is served.
    public void startsOver(long revision) {
        lock.lock();
        try {
            servedRevision = revision;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// This node's data plane now serves `revision`; within one history it never goes back.
    public void serves(long revision) {
        lock.lock();
        try {
            if (revision > servedRevision) {
                servedRevision = revision;
                moved.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// @param servedRevision the last revision its data plane serves, 0 before the first
    public record Node(String id, long servedRevision) {}

    /// Every node, this one first.
    public List<Node> nodes() {
        return List.of(new Node(nodeId, servedRevision));
    }

    /// The last revision the data plane serves, 0 before the first.
    public long servedRevision() {
        return servedRevision;
    }

    /// Waits until this node serves `revision`, [#LIVE_TIMEOUT] at most.
    ///
    /// @return false when the time was up or the thread was interrupted
    public boolean awaitServed(long revision) {
        if (servedRevision >= revision) {
            return true;
        }
        long left = LIVE_TIMEOUT.toNanos();
        lock.lock();
        try {
            while (servedRevision < revision && left > 0) {
                left = moved.awaitNanos(left);
            }
            return servedRevision >= revision;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
