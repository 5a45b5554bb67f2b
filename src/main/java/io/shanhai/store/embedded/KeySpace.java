package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;

/// All keys as they are at one moment: a published revision, a past one, or the draft of the next.
interface KeySpace {

    /// The key's version, null when it does not exist.
    Cell.Version get(Bytes key);

    /// Visits the keys from `from` on, ascending, until the end or until the visitor has enough.
    ///
    /// @param end exclusive; null for no end
    void scan(Bytes from, Bytes end, Visitor visitor);

    interface Visitor {
        /// @return false to stop
        boolean visit(Bytes key, Cell.Version version);
    }

    /// Visits a range as requests name it: empty end for one key, [Bytes#ZERO] for no end.
    default void range(Bytes key, Bytes rangeEnd, Visitor visitor) {
        if (!rangeEnd.isEmpty()) {
            scan(key, rangeEnd.equals(Bytes.ZERO) ? null : rangeEnd, visitor);
            return;
        }
        Cell.Version version = get(key);
        if (version != null) {
            visitor.visit(key, version);
        }
    }

    static boolean contains(Bytes key, Bytes rangeEnd, Bytes candidate) {
        if (rangeEnd.isEmpty()) {
            return key.equals(candidate);
        }
        return candidate.compareTo(key) >= 0 && (rangeEnd.equals(Bytes.ZERO) || candidate.compareTo(rangeEnd) < 0);
    }
}
