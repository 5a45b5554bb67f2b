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
        return view.pastAt(key, revision);
    }

    @Override
    public void scan(Bytes from, Bytes end, Visitor visitor) {
        // A key is visible in one of the two at most, so merging them by key is enough.
        Visible live = new Visible(end, new Walk() {
            private final Cursor<Slot, Cell> cursor = view.cursor(Slot.live(from));
            private Bytes key;

            @Override
            public boolean next() {
                if (!cursor.hasNext()) {
                    return false;
                }
                Slot slot = cursor.next();
                key = slot.key();
                return slot.kind() == Slot.Kind.LIVE;
            }

            @Override
            public Bytes key() {
                return key;
            }

            @Override
            public Cell.Version version() {
                return (Cell.Version) cursor.getValue();
            }
        });
        Visible past = new Visible(end, new PastCursor(view, revision + 1, from));
        while (live.key != null || past.key != null) {
            boolean takeLive = past.key == null || live.key != null && live.key.compareTo(past.key) < 0;
            Visible next = takeLive ? live : past;
            if (!visitor.visit(next.key, next.version)) {
                return;
            }
            next.advance();
        }
    }

    /// Versions, by key.
    interface Walk {

        /// @return false at the end
        boolean next();

        Bytes key();

        Cell.Version version();
    }

    /// Stops at the versions visible at the revision.
    private final class Visible {

        private final Bytes end;
        private final Walk walk;
        private Bytes key;
        private Cell.Version version;

        Visible(Bytes end, Walk walk) {
            this.end = end;
            this.walk = walk;
            advance();
        }

        void advance() {
            key = null;
            while (walk.next() && (end == null || walk.key().compareTo(end) < 0)) {
                if (walk.version().visibleAt(revision)) {
                    key = walk.key();
                    version = walk.version();
                    return;
                }
            }
        }
    }
}
