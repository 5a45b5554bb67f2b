package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.Maintenance.Alarm;

/// A place in the index. One tree holds every kind of entry, so that one root is one consistent state: a reader needs
/// one snapshot, and a checkpoint taken at any moment is a prefix of what the log says.
///
/// @param key a key; for [Kind#CHANGE] the position within the revision, four bytes
/// @param number a revision or a lease id; 0 where the kind needs none
record Slot(Kind kind, Bytes key, long number) implements Comparable<Slot> {

    enum Kind {
        /// One entry: how far the index is.
        PROGRESS(false),
        /// By key: its current version.
        LIVE(true),
        /// By key, then revision: versions that were overwritten or deleted.
        PAST(true),
        /// By revision, then position: which keys it changed.
        CHANGE(false),
        /// By lease id.
        LEASE(false),
        /// By lease id, then key.
        ATTACHED(false),
        /// By the alarm's number.
        ALARM(false);

        static final Kind[] BY_CODE = values(); // the ordinal is on disk: add at the end only

        private final boolean keyFirst;

        Kind(boolean keyFirst) {
            this.keyFirst = keyFirst;
        }
    }

    static final Slot PROGRESS = new Slot(Kind.PROGRESS, Bytes.EMPTY, 0);

    static Slot live(Bytes key) {
        return new Slot(Kind.LIVE, key, 0);
    }

    static Slot past(Bytes key, long revision) {
        return new Slot(Kind.PAST, key, revision);
    }

    static Slot change(long revision, int position) {
        byte[] bytes = {(byte) (position >>> 24), (byte) (position >>> 16), (byte) (position >>> 8), (byte) position};
        return new Slot(Kind.CHANGE, Bytes.wrap(bytes), revision);
    }

    static Slot lease(long id) {
        return new Slot(Kind.LEASE, Bytes.EMPTY, id);
    }

    static Slot attached(long lease, Bytes key) {
        return new Slot(Kind.ATTACHED, key, lease);
    }

    static Slot alarm(Alarm alarm) {
        return new Slot(Kind.ALARM, Bytes.EMPTY, alarm.number());
    }

    /// Compares with `live(other)`, without making one.
    int compareToLive(Bytes other) {
        return kind == Kind.LIVE ? key.compareTo(other) : kind.compareTo(Kind.LIVE);
    }

    @Override
    public int compareTo(Slot other) {
        if (kind != other.kind) {
            return kind.compareTo(other.kind);
        }
        if (kind.keyFirst) {
            int order = key.compareTo(other.key);
            return order != 0 ? order : Long.compare(number, other.number);
        }
        int order = Long.compare(number, other.number);
        return order != 0 ? order : key.compareTo(other.key);
    }
}
