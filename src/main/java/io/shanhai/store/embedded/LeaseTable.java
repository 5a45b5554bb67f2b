package io.shanhai.store.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/// The leases there are and when each ends. Deadlines live here only: renewing one writes nothing.
/// Durable are the grants (log and index), and a start gives every lease its full time again.
///
/// Thread safety: all threads.
final class LeaseTable {

    /*
     * Renewing only moves Entry.deadlineNanos. The queue is ordered by the deadline an entry had when it was queued;
     * when that comes, an entry with a later deadline is queued again. So 50,000 leases renewed every few seconds cost
     * one queue step per lease and TTL, and nothing per renewal.
     */

    private final LongSupplier nanoClock;
    private final ConcurrentHashMap<Long, Entry> entries = new ConcurrentHashMap<>();
    private final long originNanos;
    /// By queued deadline; a set, because a lease that is revoked leaves from the middle.
    private final TreeSet<Entry> queue = new TreeSet<>(
            Comparator.<Entry>comparingLong(entry -> entry.queuedNanos - LeaseTable.this.originNanos)
                    .thenComparingLong(entry -> entry.id));

    private static final class Entry {
        final long id;
        final long ttlSeconds;
        /// Guarded by the entry.
        private long deadlineNanos;
        /// Set while a commit that ends it is on its way; a renewal then comes too late. Guarded by the entry.
        private boolean ending;
        /// Guarded by the table's queue.
        private long queuedNanos;

        Entry(long id, long ttlSeconds, long deadlineNanos) {
            this.id = id;
            this.ttlSeconds = ttlSeconds;
            this.deadlineNanos = deadlineNanos;
            this.queuedNanos = deadlineNanos;
        }

        synchronized long deadlineNanos() {
            return deadlineNanos;
        }
    }

    /// @param nanoClock monotonic, and standing still while this process did
    LeaseTable(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.originNanos = nanoClock.getAsLong();
    }

    void add(long id, long ttlSeconds) {
        Entry entry = new Entry(id, ttlSeconds, nanoClock.getAsLong() + Duration.ofSeconds(ttlSeconds).toNanos());
        entries.put(id, entry);
        synchronized (queue) {
            queue.add(entry);
        }
    }

    void remove(long id) {
        Entry entry = entries.remove(id);
        if (entry != null) {
            synchronized (queue) {
                queue.remove(entry);
            }
        }
    }

    boolean contains(long id) {
        return entries.containsKey(id);
    }

    int size() {
        return entries.size();
    }

    List<Long> ids() {
        return entries.keySet().stream().sorted().toList();
    }

    /// The granted time, 0 for no such lease.
    long ttlSeconds(long id) {
        Entry entry = entries.get(id);
        return entry == null ? 0 : entry.ttlSeconds;
    }

    /// What is left, rounded down, at least 0.
    long remainingSeconds(long id) {
        Entry entry = entries.get(id);
        return entry == null ? 0 : Math.max(0, (entry.deadlineNanos() - nanoClock.getAsLong()) / 1_000_000_000L);
    }

    /// @return the granted time, 0 when the lease is gone or its end is on its way
    long renew(long id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return 0;
        }
        long deadline = nanoClock.getAsLong() + Duration.ofSeconds(entry.ttlSeconds).toNanos();
        synchronized (entry) {
            if (entry.ending) {
                return 0;
            }
            entry.deadlineNanos = deadline;
        }
        return entry.ttlSeconds;
    }

    /// Leases whose time is over, oldest first. They stay until removed, and are not named again before [#keep(long)].
    List<Long> due(int most) {
        long now = nanoClock.getAsLong();
        List<Long> due = new ArrayList<>();
        synchronized (queue) {
            while (due.size() < most && !queue.isEmpty() && queue.first().queuedNanos - now <= 0) {
                Entry entry = queue.pollFirst();
                long deadline = entry.deadlineNanos();
                if (deadline - now <= 0) {
                    due.add(entry.id);
                } else {
                    entry.queuedNanos = deadline;
                    queue.add(entry);
                }
            }
        }
        return due;
    }

    /// The decision that a lease ends, made by the commit that ends it; from here on renewing fails.
    ///
    /// @param onlyIfDue false when somebody revokes it
    /// @return false when there is no such lease, or it was renewed meanwhile
    boolean beginEnding(long id, boolean onlyIfDue) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return false;
        }
        synchronized (entry) {
            if (onlyIfDue && entry.deadlineNanos - nanoClock.getAsLong() > 0) {
                return false;
            }
            entry.ending = true;
            return true;
        }
    }

    /// The lease was not ended after all: it was renewed, or its commit failed. It is looked at again when due.
    void keep(long id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return;
        }
        synchronized (entry) {
            entry.ending = false;
        }
        synchronized (queue) {
            queue.remove(entry);
            entry.queuedNanos = entry.deadlineNanos();
            queue.add(entry);
        }
    }

    /// Gives every lease its full time from now on.
    void renewAll() {
        entries.keySet().forEach(this::renew);
    }
}
