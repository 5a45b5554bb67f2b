package io.shanhai.store;

/// @param key first key watched; not empty
/// @param rangeEnd as in [RangeRequest]
/// @param startRevision first revision wanted; 0 is "from the next write on"
/// @param previous deliver the key's state before each event
public record WatchRequest(Bytes key, Bytes rangeEnd, long startRevision, boolean previous) {

    public WatchRequest {
        if (key.isEmpty()) {
            throw new StoreException(StoreException.Code.EMPTY_KEY);
        }
    }

    public static WatchRequest prefix(Bytes prefix, long startRevision) {
        RangeRequest range = RangeRequest.prefix(prefix);
        return new WatchRequest(range.key(), range.rangeEnd(), startRevision, false);
    }

    public WatchRequest withPrevious() {
        return new WatchRequest(key, rangeEnd, startRevision, true);
    }
}
