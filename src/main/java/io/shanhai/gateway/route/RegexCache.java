package io.shanhai.gateway.route;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// Which patterns of a group match a path, remembered: clients ask for the same paths over and over, and RE2 costs a
/// microsecond. Bounded: a path takes the place of another one with the same hash, a long one is never kept. Safe for all
/// threads without a lock; an answer that is remembered allocates nothing.
final class RegexCache {

    private static final int ENTRIES = 4096; // direct mapped; 1.5 MiB at most, when every one holds a longest path
    private static final int MAX_PATH = 256;

    private final AtomicReferenceArray<Entry> entries = new AtomicReferenceArray<>(ENTRIES);

    /// @param group by identity
    private record Entry(int[] group, String path, long[] matching) {}

    /// Bit `i` is set when the pattern of `candidates[group[i]]` matches the whole path. Do not write.
    long[] matching(int[] group, Candidate[] candidates, String path) {
        int hash = 31 * path.hashCode() + group[0];
        int at = (hash ^ hash >>> 16) & ENTRIES - 1;
        Entry entry = entries.getAcquire(at); // pairs with setRelease below: the entry's fields are final, its array is not
        if (entry != null && entry.group == group && entry.path.equals(path)) {
            return entry.matching;
        }
        long[] matching = new long[(group.length + 63) / 64];
        for (int i = 0; i < group.length; i++) {
            if (candidates[group[i]].pattern().matches(path)) {
                matching[i >> 6] |= 1L << i;
            }
        }
        if (path.length() <= MAX_PATH) {
            entries.setRelease(at, new Entry(group, path, matching));
        }
        return matching;
    }
}
