package io.shanhai.store;

import java.util.List;
import java.util.Objects;

/// Compare, then one of two branches, as one atomic step with one revision.
/// At most 128 operations a branch; the same key may be put only once.
public record Txn(List<Compare> compares, List<Op> then, List<Op> otherwise) {

    public static final int MAX_OPS = 128; // etcd's --max-txn-ops default

    public Txn {
        compares = List.copyOf(compares);
        then = List.copyOf(then);
        otherwise = List.copyOf(otherwise);
    }

    public static Txn of(Op... ops) {
        return new Txn(List.of(), List.of(ops), List.of());
    }

    public static Txn of(List<Op> ops) {
        return new Txn(List.of(), ops, List.of());
    }

    /// @param rangeEnd empty: only `key`; otherwise every key of the range must satisfy the comparison
    /// @param number compared with the target, for all targets but VALUE
    /// @param value compared with the target VALUE, empty otherwise
    public record Compare(Bytes key, Bytes rangeEnd, Target target, Relation relation, long number, Bytes value) {

        public enum Target {
            VERSION,
            CREATE,
            MOD,
            VALUE,
            LEASE
        }

        public enum Relation {
            EQUAL,
            GREATER,
            LESS,
            NOT_EQUAL
        }

        public static Compare modRevision(Bytes key, Relation relation, long revision) {
            return new Compare(key, Bytes.EMPTY, Target.MOD, relation, revision, Bytes.EMPTY);
        }

        /// True when the key does not exist.
        public static Compare absent(Bytes key) {
            return new Compare(key, Bytes.EMPTY, Target.CREATE, Relation.EQUAL, 0, Bytes.EMPTY);
        }
    }

    public sealed interface Op {

        record Read(RangeRequest request) implements Op {}

        /// @param lease lease to attach, 0 for none; it must exist
        /// @param ignoreValue keep the key's current value; the key must exist and `value` be empty
        /// @param ignoreLease keep the key's current lease; the key must exist and `lease` be 0
        record Put(Bytes key, Bytes value, long lease, boolean previous, boolean ignoreValue, boolean ignoreLease)
                implements
                    Op {
            public Put {
                Objects.requireNonNull(value, "value");
                if (key.isEmpty()) {
                    throw new StoreException(StoreException.Code.EMPTY_KEY);
                }
            }
        }

        /// @param previous return what was deleted
        record Delete(Bytes key, Bytes rangeEnd, boolean previous) implements Op {
            public Delete {
                if (key.isEmpty()) {
                    throw new StoreException(StoreException.Code.EMPTY_KEY);
                }
            }
        }

        record Nested(Txn txn) implements Op {}

        static Put put(Bytes key, Bytes value) {
            return new Put(key, value, 0, false, false, false);
        }

        static Put put(Bytes key, Bytes value, long lease) {
            return new Put(key, value, lease, false, false, false);
        }

        static Delete delete(Bytes key) {
            return new Delete(key, Bytes.EMPTY, false);
        }
    }
}
