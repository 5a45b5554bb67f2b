package io.shanhai.store;

import java.util.List;

/// @param revision the store's current revision, even when an older one was read (etcd's header revision)
/// @param more true when `limit` cut the list
/// @param count keys in the range, not cut by `limit`
public record RangeResult(long revision, List<KeyValue> kvs, boolean more, long count) {

    public RangeResult {
        kvs = List.copyOf(kvs);
    }
}
