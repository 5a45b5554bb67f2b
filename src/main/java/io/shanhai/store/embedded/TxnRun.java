package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeResult;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult;
import io.shanhai.store.TxnResult.OpResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// Runs one transaction on a draft.
final class TxnRun {

    private final Draft draft;
    /// Which branch each transaction takes, the outermost first. As in etcd all comparisons, nested ones too, are made
    /// before anything is written.
    private final ArrayDeque<Boolean> branches = new ArrayDeque<>();

    private TxnRun(Draft draft) {
        this.draft = draft;
    }

    /// @return with the revision from before; [#stamped] puts the final one in
    static TxnResult run(Txn txn, Draft draft) {
        TxnRun run = new TxnRun(draft);
        run.choose(txn);
        run.checkPuts(txn, run.branches.iterator());
        run.checkReads(txn, run.branches.iterator());
        return run.execute(txn);
    }

    /// The result with its revision, which is known once the whole transaction has run.
    static TxnResult stamped(TxnResult result, long revision) {
        if (result.revision() == revision) {
            return result;
        }
        List<OpResult> results = new ArrayList<>(result.results().size());
        for (OpResult each : result.results()) {
            results.add(switch (each) {
                case OpResult.Read(var range) ->
                    new OpResult.Read(new RangeResult(revision, range.kvs(), range.more(), range.count()));
                case OpResult.Put _,OpResult.Delete _ -> each;
                case OpResult.Nested(var nested) -> new OpResult.Nested(stamped(nested, revision));
            });
        }
        return new TxnResult(revision, result.succeeded(), results);
    }

    private void choose(Txn txn) {
        boolean holds = true;
        for (Compare compare : txn.compares()) {
            holds = holds && holds(compare);
        }
        branches.addLast(holds);
        for (Op op : holds ? txn.then() : txn.otherwise()) {
            if (op instanceof Op.Nested(Txn nested)) {
                choose(nested);
            }
        }
    }

    private boolean holds(Compare compare) {
        Comparison comparison = new Comparison(compare);
        draft.range(compare.key(), compare.rangeEnd(), comparison);
        return comparison.holds();
    }

    // Of several mistakes the one that etcd names: first those of all puts, then those of all reads (`apply.go`, `Txn`).
    private void checkPuts(Txn txn, Iterator<Boolean> branch) {
        for (Op op : branch.next() ? txn.then() : txn.otherwise()) {
            if (op instanceof Op.Nested(Txn nested)) {
                checkPuts(nested, branch);
            } else if (op instanceof Op.Put put) {
                check(put);
            }
        }
    }

    private void check(Op.Put put) {
        if ((put.ignoreValue() || put.ignoreLease()) && draft.get(put.key()) == null) {
            throw new StoreException(Code.KEY_NOT_FOUND);
        }
        if (put.lease() != 0 && !draft.hasLease(put.lease())) {
            throw new StoreException(Code.LEASE_NOT_FOUND);
        }
    }

    private void checkReads(Txn txn, Iterator<Boolean> branch) {
        for (Op op : branch.next() ? txn.then() : txn.otherwise()) {
            if (op instanceof Op.Nested(Txn nested)) {
                checkReads(nested, branch);
            } else if (op instanceof Op.Read(var request)) {
                draft.at(request.revision()); // refuses a revision that is compacted or to come
            }
        }
    }

    private TxnResult execute(Txn txn) {
        boolean holds = branches.removeFirst();
        List<Op> ops = holds ? txn.then() : txn.otherwise();
        List<OpResult> results = new ArrayList<>(ops.size());
        for (Op op : ops) {
            results.add(switch (op) {
                case Op.Read(var request) ->
                    new OpResult.Read(RangeRead.run(draft.at(request.revision()), request, draft.revision()));
                case Op.Put put -> put(put);
                case Op.Delete delete -> delete(delete);
                case Op.Nested(Txn nested) -> new OpResult.Nested(execute(nested));
            });
        }
        return new TxnResult(draft.revision(), holds, results);
    }

    private OpResult put(Op.Put put) {
        Cell.Version old = put.previous() || put.ignoreValue() || put.ignoreLease() ? draft.get(put.key()) : null;
        Bytes value = put.ignoreValue() ? old.value() : put.value();
        draft.put(put.key(), value, put.ignoreLease() ? old.lease() : put.lease());
        return new OpResult.Put(put.previous() && old != null ? Optional.of(old.at(put.key())) : Optional.empty());
    }

    private OpResult delete(Op.Delete delete) {
        List<Bytes> keys = new ArrayList<>();
        List<Cell.Version> versions = new ArrayList<>();
        draft.range(delete.key(), delete.rangeEnd(), (key, version) -> {
            keys.add(key);
            return versions.add(version);
        });
        List<KeyValue> previous = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            draft.delete(keys.get(i), versions.get(i));
            if (delete.previous()) {
                previous.add(versions.get(i).at(keys.get(i)));
            }
        }
        return new OpResult.Delete(keys.size(), previous);
    }

    /// A comparison over all keys of its range. A key that does not exist compares as all zeros, except its value:
    /// that equals nothing and differs from nothing.
    private static final class Comparison implements KeySpace.Visitor {

        private static final Cell.Version ABSENT = new Cell.Version(0, 0, 0, 0, 0, Bytes.EMPTY);

        private final Compare compare;
        private boolean seen;
        private boolean failed;

        Comparison(Compare compare) {
            this.compare = compare;
        }

        @Override
        public boolean visit(Bytes key, Cell.Version version) {
            seen = true;
            failed = !holds(version);
            return !failed;
        }

        boolean holds() {
            if (seen) {
                return !failed;
            }
            return compare.target() != Compare.Target.VALUE && holds(ABSENT);
        }

        private boolean holds(Cell.Version version) {
            int order = switch (compare.target()) {
                case VERSION -> Long.compare(version.version(), compare.number());
                case CREATE -> Long.compare(version.createRevision(), compare.number());
                case MOD -> Long.compare(version.modRevision(), compare.number());
                case LEASE -> Long.compare(version.lease(), compare.number());
                case VALUE -> version.value().compareTo(compare.value());
            };
            return switch (compare.relation()) {
                case EQUAL -> order == 0;
                case GREATER -> order > 0;
                case LESS -> order < 0;
                case NOT_EQUAL -> order != 0;
            };
        }
    }
}
