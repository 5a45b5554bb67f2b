package io.shanhai.store.embedded;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// The newest revisions, for watches that keep up. One writer, any number of readers, no lock.
/// Full means: the oldest is forgotten, and who still wants it reads it from the index.
final class RecentRevisions {

    private static final int CAPACITY = 1024; // power of two; at 10,000 commits a second a tenth of a second
    private static final long MAX_BYTES = 16 << 20; // keys and values held, whatever their size

    private final AtomicReferenceArray<Revision> slots = new AtomicReferenceArray<>(CAPACITY);
    private volatile long newest;
    private long oldest;
    private long bytes;

    /// @param revision the store's revision at start; nothing before or at it is here
    RecentRevisions(long revision) {
        newest = revision;
        oldest = revision + 1;
    }

    /// Revisions come one after the other without a gap.
    void add(Revision revision) {
        bytes += revision.bytes();
        while (oldest < revision.number() && (revision.number() - oldest >= CAPACITY || bytes > MAX_BYTES)) {
            int slot = slot(oldest++);
            bytes -= slots.get(slot).bytes();
            slots.setRelease(slot, null);
        }
        slots.setRelease(slot(revision.number()), revision); // pairs with getAcquire in get(); newest comes after it
        newest = revision.number();
    }

    /// Number of the last revision added.
    long newest() {
        return newest;
    }

    /// Null when it is forgotten or has not come yet.
    Revision get(long number) {
        Revision revision = slots.getAcquire(slot(number));
        return revision != null && revision.number() == number ? revision : null;
    }

    private static int slot(long number) {
        return (int) (number & CAPACITY - 1);
    }
}
