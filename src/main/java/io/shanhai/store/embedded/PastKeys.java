package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import org.h2.mvstore.Cursor;

/// The keys as they were at an earlier revision: what has not changed since, and what was replaced since.
final class PastKeys implements KeySpace {

    private final View view;
    private final long revision;

    PastKeys(View view, long revision) {
        this.view = view;
        this.revision = revision;
    }

    @Override
    public Cell.Version get(Bytes key) {
        Cell.Version live = view.get(key);
        if (live != null && live.visibleAt(revision)) {
            return live;
        }
        Cell.Version past = view.pastBefore(key, revision + 1);
        return past != null && past.visibleAt(revision) ? past : null;
    }

    @Override
    public void scan(Bytes from, Bytes end, Visitor visitor) {
        // A key is visible in one of the two at most, so merging them by key is enough.
        Visible live = new Visible(Slot.Kind.LIVE, Slot.live(from), end);
        Visible past = new Visible(Slot.Kind.PAST, Slot.past(from, 0), end);
        while (live.key != null || past.key != null) {
            boolean takeLive = past.key == null || live.key != null && live.key.compareTo(past.key) < 0;
            Visible next = takeLive ? live : past;
            if (!visitor.visit(next.key, next.version)) {
                return;
            }
            next.advance();
        }
    }

    /// Walks one kind of entry and stops at those visible at the revision.
    private final class Visible {

        private final Slot.Kind kind;
        private final Bytes end;
        private final Cursor<Slot, Cell> cursor;
        private Bytes key;
        private Cell.Version version;

        Visible(Slot.Kind kind, Slot from, Bytes end) {
            this.kind = kind;
            this.end = end;
            this.cursor = view.cursor(from);
            advance();
        }

        void advance() {
            key = null;
            while (cursor.hasNext()) {
                Slot slot = cursor.next();
                if (slot.kind() != kind || end != null && slot.key().compareTo(end) >= 0) {
                    return;
                }
                Cell.Version candidate = (Cell.Version) cursor.getValue();
                if (candidate.visibleAt(revision)) {
                    key = slot.key();
                    version = candidate;
                    return;
                }
            }
        }
    }
}
