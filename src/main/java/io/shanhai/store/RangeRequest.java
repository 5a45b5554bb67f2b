package io.shanhai.store;

import java.util.Objects;

/// What to read.
///
/// @param key first key of the range, not empty; [Bytes#ZERO] for the first key there is
/// @param rangeEnd end of the range, exclusive; empty: only `key`; [Bytes#ZERO]: all keys from `key` on
/// @param revision read at this revision; 0 is now
/// @param limit most keys to return; 0 is no limit
/// @param keysOnly leave the values out
/// @param countOnly return only the count
/// @param minModRevision only keys last written at or after it; 0 is no bound
/// @param maxModRevision only keys last written at or before it; 0 is no bound
/// @param minCreateRevision only keys created at or after it; 0 is no bound
/// @param maxCreateRevision only keys created at or before it; 0 is no bound
public record RangeRequest(Bytes key, Bytes rangeEnd, long revision, long limit, SortOrder order, SortTarget target,
        boolean keysOnly, boolean countOnly, long minModRevision, long maxModRevision, long minCreateRevision,
        long maxCreateRevision) {

    public enum SortOrder {
        NONE,
        ASCEND,
        DESCEND
    }

    public enum SortTarget {
        KEY,
        VERSION,
        CREATE,
        MOD,
        VALUE
    }

    public RangeRequest {
        Objects.requireNonNull(order, "order");
        Objects.requireNonNull(target, "target");
        if (key.isEmpty()) {
            throw new StoreException(StoreException.Code.EMPTY_KEY);
        }
    }

    public static RangeRequest key(Bytes key) {
        return of(key, Bytes.EMPTY);
    }

    /// All keys that start with `prefix`; an empty prefix means all keys.
    public static RangeRequest prefix(Bytes prefix) {
        return prefix.isEmpty() ? of(Bytes.ZERO, Bytes.ZERO) : of(prefix, prefix.prefixEnd());
    }

    public static RangeRequest of(Bytes key, Bytes rangeEnd) {
        return new RangeRequest(key, rangeEnd, 0, 0, SortOrder.NONE, SortTarget.KEY, false, false, 0, 0, 0, 0);
    }

    public RangeRequest at(long atRevision) {
        return new RangeRequest(key, rangeEnd, atRevision, limit, order, target, keysOnly, countOnly, minModRevision,
                maxModRevision, minCreateRevision, maxCreateRevision);
    }

    public RangeRequest limit(long most) {
        return new RangeRequest(key, rangeEnd, revision, most, order, target, keysOnly, countOnly, minModRevision,
                maxModRevision, minCreateRevision, maxCreateRevision);
    }

    /// The same range without the keys before `first`.
    public RangeRequest from(Bytes first) {
        return new RangeRequest(first, rangeEnd, revision, limit, order, target, keysOnly, countOnly, minModRevision,
                maxModRevision, minCreateRevision, maxCreateRevision);
    }

    public RangeRequest withoutValues() {
        return new RangeRequest(key, rangeEnd, revision, limit, order, target, true, countOnly, minModRevision, maxModRevision,
                minCreateRevision, maxCreateRevision);
    }

    public RangeRequest counting() {
        return new RangeRequest(key, rangeEnd, revision, limit, order, target, keysOnly, true, minModRevision, maxModRevision,
                minCreateRevision, maxCreateRevision);
    }

    /// Only what was last written after `since`.
    public RangeRequest writtenAfter(long since) {
        return new RangeRequest(key, rangeEnd, revision, limit, order, target, keysOnly, countOnly, since + 1, maxModRevision,
                minCreateRevision, maxCreateRevision);
    }

    /// Only what was created after `since`.
    public RangeRequest createdAfter(long since) {
        return new RangeRequest(key, rangeEnd, revision, limit, order, target, keysOnly, countOnly, minModRevision,
                maxModRevision, since + 1, maxCreateRevision);
    }

    public RangeRequest sorted(SortOrder sortOrder, SortTarget sortTarget) {
        return new RangeRequest(key, rangeEnd, revision, limit, sortOrder, sortTarget, keysOnly, countOnly, minModRevision,
                maxModRevision, minCreateRevision, maxCreateRevision);
    }
}
