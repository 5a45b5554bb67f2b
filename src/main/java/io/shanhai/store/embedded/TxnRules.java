package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What can be refused about a transaction by looking at it alone; the order and the rules are etcd's.
final class TxnRules {

    private static final int OP_BYTES = 16; // tags, lengths and numbers of one operation, about

    private static final int PUT_OVERHEAD_BYTES = 256; // etcd's kvOverhead

    private TxnRules() {}

    static void check(Txn txn, long maxRequestBytes) {
        checkOps(txn, Txn.MAX_OPS);
        if (bytes(txn) > maxRequestBytes) {
            throw new StoreException(Code.REQUEST_TOO_LARGE, bytes(txn) + " bytes (expected: at most " + maxRequestBytes
                    + ", setting store.max-request-size)", null);
        }
        writes(txn.then());
        writes(txn.otherwise());
    }

    /// True when no branch can write.
    static boolean isReadOnly(Txn txn) {
        return isReadOnly(txn.then()) && isReadOnly(txn.otherwise());
    }

    private static boolean isReadOnly(List<Op> ops) {
        for (Op op : ops) {
            boolean writes = switch (op) {
                case Op.Read _ -> false;
                case Op.Put _,Op.Delete _ -> true;
                case Op.Nested(Txn txn) -> !isReadOnly(txn);
            };
            if (writes) {
                return false;
            }
        }
        return true;
    }

    private static void checkOps(Txn txn, int most) {
        int ops = Math.max(txn.compares().size(), Math.max(txn.then().size(), txn.otherwise().size()));
        if (ops > most) {
            throw new StoreException(Code.TOO_MANY_OPS);
        }
        for (Txn.Compare compare : txn.compares()) {
            if (compare.key().isEmpty()) {
                throw new StoreException(Code.EMPTY_KEY);
            }
        }
        checkBranch(txn.then(), most - ops);
        checkBranch(txn.otherwise(), most - ops);
    }

    private static void checkBranch(List<Op> ops, int most) {
        for (Op op : ops) {
            if (op instanceof Op.Nested(Txn nested)) {
                checkOps(nested, most);
            } else if (op instanceof Op.Put put) {
                checkPut(put);
            }
        }
    }

    private static void checkPut(Op.Put put) {
        if (put.ignoreValue() && !put.value().isEmpty()) {
            throw new StoreException(Code.VALUE_PROVIDED);
        }
        if (put.ignoreLease() && put.lease() != 0) {
            throw new StoreException(Code.LEASE_PROVIDED);
        }
    }

    /// About as many bytes as the request has on the wire.
    static long bytes(Txn txn) {
        long bytes = 0;
        for (Txn.Compare compare : txn.compares()) {
            bytes += OP_BYTES + compare.key().length() + compare.rangeEnd().length() + compare.value().length();
        }
        return bytes + bytes(txn.then()) + bytes(txn.otherwise());
    }

    private static long bytes(List<Op> ops) {
        long bytes = 0;
        for (Op op : ops) {
            bytes += OP_BYTES + switch (op) {
                case Op.Read(var request) -> (long) request.key().length() + request.rangeEnd().length();
                case Op.Put put -> (long) put.key().length() + put.value().length();
                case Op.Delete delete -> (long) delete.key().length() + delete.rangeEnd().length();
                case Op.Nested(Txn txn) -> bytes(txn);
            };
        }
        return bytes;
    }

    /// About how much more the store holds after it, as etcd reckons: 0 for a transaction without puts. Puts of nested
    /// transactions count too; etcd forgets them.
    static long growth(Txn txn) {
        return Math.max(growth(txn.then()), growth(txn.otherwise()));
    }

    private static long growth(List<Op> ops) {
        long bytes = 0;
        for (Op op : ops) {
            bytes += switch (op) {
                case Op.Put put -> (long) PUT_OVERHEAD_BYTES + put.key().length() + put.value().length();
                case Op.Nested(Txn txn) -> growth(txn);
                case Op.Read _,Op.Delete _ -> 0;
            };
        }
        return bytes;
    }

    /// Keys a branch may put and ranges it may delete. A key must not be written twice in one revision. etcd means the same,
    /// but overlooks a deletion of all keys from one on (range end `\0`) beside a put behind it; that is refused here too.
    private record Writes(Set<Bytes> puts, List<Op.Delete> deletes) {

        boolean deletes(Bytes key) {
            return deletes.stream().anyMatch(delete -> KeySpace.contains(delete.key(), delete.rangeEnd(), key));
        }

        void put(Bytes key) {
            if (deletes(key) || !puts.add(key)) {
                throw new StoreException(Code.DUPLICATE_KEY);
            }
        }
    }

    private static Writes writes(List<Op> ops) {
        Writes all = new Writes(new HashSet<>(), new ArrayList<>());
        for (Op op : ops) {
            if (op instanceof Op.Delete delete) {
                all.deletes().add(delete);
            }
        }
        for (Op op : ops) {
            if (op instanceof Op.Nested(Txn nested)) {
                addNested(all, nested);
            }
        }
        for (Op op : ops) {
            if (op instanceof Op.Put put) {
                all.put(put.key());
            }
        }
        return all;
    }

    private static void addNested(Writes all, Txn nested) {
        Writes then = writes(nested.then());
        Writes otherwise = writes(nested.otherwise());
        then.puts().forEach(all::put);
        for (Bytes key : otherwise.puts()) {
            if (!then.puts().contains(key)) { // only one of the two branches runs: the same key in both is one write
                all.put(key);
            }
        }
        all.deletes().addAll(then.deletes());
        all.deletes().addAll(otherwise.deletes());
    }
}
