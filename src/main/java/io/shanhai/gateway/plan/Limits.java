package io.shanhai.gateway.plan;

import io.shanhai.gateway.filter.LimitFilter.Bound;
import io.shanhai.limiter.Limit;
import io.shanhai.limiter.SlidingWindow;
import io.shanhai.limiter.TokenBucket;
import io.shanhai.metrics.Metrics;
import java.util.HashMap;
import java.util.Map;

/// Keeps the live limits: what a limit has counted survives a new Plan as long as the limit itself is unchanged.
/// Used by the planner's thread alone; the limits it hands out are used by all.
final class Limits {

    private final Metrics metrics;
    private final Map<String, Entry> live = new HashMap<>();

    private record Entry(long modRevision, Bound bound) {}

    Limits(Metrics metrics) {
        this.metrics = metrics;
    }

    /// @param modRevision of the limit's object: a later one makes a new count
    /// @param owner what the count is for, by the limit's key: `""`, a route id, a service
    Bound bind(String id, LimitSpec spec, long modRevision, String owner) {
        String key = id + '\n' + owner;
        Entry entry = live.get(key);
        if (entry == null || entry.modRevision != modRevision) {
            entry = new Entry(modRevision, new Bound(id, create(spec), spec.shadow(), metrics));
            live.put(key, entry);
        }
        return entry.bound;
    }

    /// Forgets all counts of a limit that was deleted.
    void remove(String id) {
        live.keySet().removeIf(key -> key.startsWith(id + '\n'));
    }

    private static Limit create(LimitSpec spec) {
        return switch (spec.algorithm()) {
            case SLIDING_WINDOW -> new SlidingWindow(spec.amount(), spec.per());
            case TOKEN_BUCKET -> new TokenBucket(spec.amount(), spec.per(), spec.burst());
        };
    }
}
