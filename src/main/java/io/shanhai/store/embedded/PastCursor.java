package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.h2.mvstore.Cursor;

/// Walks overwritten and deleted versions over all eras: by key, then by the revision they began in.
final class PastCursor implements PastKeys.Walk {

    private final PriorityQueue<Era> eras = new PriorityQueue<>(
            Comparator.comparing((Era era) -> era.key).thenComparingLong(era -> era.version.modRevision()));
    private Bytes key;
    private Cell.Version version;

    /// @param view held as long as this is used
    /// @param firstEnd versions that ended before this revision may be left out
    /// @param from first key
    PastCursor(View view, long firstEnd, Bytes from) {
        for (long number = Slot.era(firstEnd); number <= Slot.era(view.revision()); number++) {
            enter(new Era(number, view.cursor(Slot.past(number, from, 0))));
        }
    }

    private void enter(Era era) {
        if (era.advance()) {
            eras.add(era);
        }
    }

    @Override
    public boolean next() {
        Era least = eras.poll();
        if (least == null) {
            return false;
        }
        key = least.key;
        version = least.version;
        enter(least);
        return true;
    }

    @Override
    public Bytes key() {
        return key;
    }

    @Override
    public Cell.Version version() {
        return version;
    }

    private static final class Era {

        private final long number;
        private final Cursor<Slot, Cell> cursor;
        private Bytes key;
        private Cell.Version version;

        Era(long number, Cursor<Slot, Cell> cursor) {
            this.number = number;
            this.cursor = cursor;
        }

        boolean advance() {
            if (!cursor.hasNext()) {
                return false;
            }
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.PAST || slot.era() != number) {
                return false;
            }
            key = slot.pastKey();
            version = (Cell.Version) cursor.getValue();
            return true;
        }
    }
}
