package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import org.h2.mvstore.Cursor;

/// Walks every version of every key that a view still has a right to show: the current ones, and those that ended after
/// the last compaction. By key, then by revision; so the order does not depend on what has been overwritten since.
final class Versions {

    private final View view;
    private final Cursor<Slot, Cell> live;
    private final Cursor<Slot, Cell> past;
    private Slot liveSlot;
    private Slot pastSlot;
    private Bytes key;
    private Cell.Version version;

    /// @param view held as long as this is used
    Versions(View view) {
        this.view = view;
        this.live = view.cursor(Slot.live(Bytes.EMPTY));
        this.past = view.cursor(Slot.past(Bytes.EMPTY, 0));
        this.liveSlot = step(live, Slot.Kind.LIVE);
        this.pastSlot = nextPast();
    }

    /// @return false at the end
    boolean next() {
        if (liveSlot == null && pastSlot == null) {
            return false;
        }
        // A key's current version is its newest.
        boolean takePast = liveSlot == null || pastSlot != null && pastSlot.key().compareTo(liveSlot.key()) <= 0;
        if (takePast) {
            key = pastSlot.key();
            version = (Cell.Version) past.getValue();
            pastSlot = nextPast();
        } else {
            key = liveSlot.key();
            version = (Cell.Version) live.getValue();
            liveSlot = step(live, Slot.Kind.LIVE);
        }
        return true;
    }

    Bytes key() {
        return key;
    }

    Cell.Version version() {
        return version;
    }

    /// Versions that ended before or at the compaction may be there still: deleting them takes its time.
    private Slot nextPast() {
        Slot slot = step(past, Slot.Kind.PAST);
        while (slot != null && ((Cell.Version) past.getValue()).endRevision() <= view.compacted()) {
            slot = step(past, Slot.Kind.PAST);
        }
        return slot;
    }

    private static Slot step(Cursor<Slot, Cell> cursor, Slot.Kind kind) {
        if (!cursor.hasNext()) {
            return null;
        }
        Slot slot = cursor.next();
        return slot.kind() == kind ? slot : null;
    }
}
