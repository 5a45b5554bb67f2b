package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;

/// What a [Slot] of the index holds.
sealed interface Cell {

    /// A key's state from one write to the next.
    ///
    /// @param endRevision revision of the write that ended it, 0 while it is the current one
    record Version(long createRevision, long modRevision, long version, long lease, long endRevision, Bytes value)
            implements
                Cell {

        Version endingAt(long revision) {
            return new Version(createRevision, modRevision, version, lease, revision, value);
        }

        boolean visibleAt(long revision) {
            return modRevision <= revision && (endRevision == 0 || endRevision > revision);
        }

        KeyValue at(Bytes key) {
            return new KeyValue(key, value, createRevision, modRevision, version, lease);
        }

        KeyValue withoutValue(Bytes key) {
            return new KeyValue(key, Bytes.EMPTY, createRevision, modRevision, version, lease);
        }
    }

    /// The revision of its slot wrote or deleted this key.
    record Changed(Bytes key) implements Cell {}

    record Granted(long ttlSeconds) implements Cell {}

    /// The slot says it all: this key hangs on this lease.
    record Attached() implements Cell {
        static final Attached INSTANCE = new Attached();
    }

    /// The slot says it all: this alarm is raised.
    record Raised() implements Cell {
        static final Raised INSTANCE = new Raised();
    }

    /// How far the index is.
    ///
    /// @param index last log frame applied
    /// @param revision the store's revision after it
    /// @param compacted highest compacted revision
    record Progress(long index, long revision, long compacted) implements Cell {
        static final Progress FRESH = new Progress(0, 1, 0); // etcd's empty store is at revision 1
    }
}
