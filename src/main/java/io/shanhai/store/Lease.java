package io.shanhai.store;

import java.util.List;

/// @param id never 0
/// @param grantedTtlSeconds what it was granted for
/// @param ttlSeconds what is left, rounded down, at least 0
/// @param keys the attached keys, when asked for
public record Lease(long id, long grantedTtlSeconds, long ttlSeconds, List<Bytes> keys) {

    /// etcd's upper bound; more is `too large lease TTL`.
    public static final long MAX_TTL_SECONDS = 9_000_000_000L;

    public Lease {
        keys = List.copyOf(keys);
    }
}
