package io.shanhai.gateway.nio;

import java.util.ArrayDeque;
import java.util.function.Supplier;

/// Objects a loop lends to connections while they are at work, so that idle connections own nothing large.
///
/// @param <T> what is lent
final class FreeList<T> {

    private final Supplier<T> source;
    private final int keep;
    private final ArrayDeque<T> free = new ArrayDeque<>();

    /// @param keep how many returned ones are kept; further ones go to the garbage collector
    FreeList(Supplier<T> source, int keep) {
        this.source = source;
        this.keep = keep;
    }

    T take() {
        T kept = free.pollLast(); // the last one back is the one still in the cache
        return kept != null ? kept : source.get();
    }

    void give(T returned) {
        if (free.size() < keep) {
            free.addLast(returned);
        }
    }
}
