package io.shanhai.store;

import java.util.List;
import java.util.Optional;

/// @param revision the store's revision after the transaction; its own when it wrote something
/// @param succeeded true when all compares held and `then` was run
/// @param results one per operation of the branch that ran, in order
public record TxnResult(long revision, boolean succeeded, List<OpResult> results) {

    public TxnResult {
        results = List.copyOf(results);
    }

    public sealed interface OpResult {

        record Read(RangeResult range) implements OpResult {}

        /// @param previous the key before, when asked for and when it existed
        record Put(Optional<KeyValue> previous) implements OpResult {}

        /// @param previous the deleted keys, when asked for
        record Delete(long deleted, List<KeyValue> previous) implements OpResult {
            public Delete {
                previous = List.copyOf(previous);
            }
        }

        record Nested(TxnResult result) implements OpResult {}
    }
}
