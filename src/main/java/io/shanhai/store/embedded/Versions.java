package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import org.h2.mvstore.Cursor;

/// Walks every version of every key that a view still has a right to show: the current ones, and those that ended after
/// the last compaction. By key, then by revision; so the order does not depend on what has been overwritten since.
final class Versions {

    private final View view;
    private final Cursor<Slot, Cell> live;
    private final PastCursor past;
    private Slot liveSlot;
    private boolean hasPast;
    private Bytes key;
    private Cell.Version version;

    /// @param view held as long as this is used
    Versions(View view) {
        this.view = view;
        this.live = view.cursor(Slot.live(Bytes.EMPTY));
        this.past = new PastCursor(view, view.compacted(), Bytes.EMPTY);
        this.liveSlot = nextLive();
        this.hasPast = nextPast();
    }

    /// @return false at the end
    boolean next() {
        if (liveSlot == null && !hasPast) {
            return false;
        }
        // A key's current version is its newest.
        boolean takePast = liveSlot == null || hasPast && past.key().compareTo(liveSlot.key()) <= 0;
        if (takePast) {
            key = past.key();
            version = past.version();
            hasPast = nextPast();
        } else {
            key = liveSlot.key();
            version = (Cell.Version) live.getValue();
            liveSlot = nextLive();
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
    private boolean nextPast() {
        boolean found = past.next();
        while (found && past.version().endRevision() <= view.compacted()) {
            found = past.next();
        }
        return found;
    }

    private Slot nextLive() {
        if (!live.hasNext()) {
            return null;
        }
        Slot slot = live.next();
        return slot.kind() == Slot.Kind.LIVE ? slot : null;
    }
}
