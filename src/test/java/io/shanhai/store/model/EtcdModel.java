package io.shanhai.store.model;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.RangeResult;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult;
import io.shanhai.store.TxnResult.OpResult;
import io.shanhai.store.Watch.Event;
import io.shanhai.store.Watch.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// etcd's data model in memory. Each revision is a whole map of its own, each step copies it.
public final class EtcdModel {

    private final List<TreeMap<Bytes, KeyValue>> states = new ArrayList<>(List.of(new TreeMap<>(), new TreeMap<>()));
    private final List<List<Event>> events = new ArrayList<>(List.of(List.of(), List.of())); // a fresh store is at 1
    private final Map<Long, Long> leases = new TreeMap<>();
    private long compacted;

    // The transaction in progress.
    private TreeMap<Bytes, KeyValue> draft;
    private List<Event> drafted;

    public long revision() {
        return states.size() - 1L;
    }

    public long compacted() {
        return compacted;
    }

    Map<Long, Long> leases() {
        return leases;
    }

    List<Bytes> attached(long lease) {
        return states.getLast().values().stream().filter(kv -> kv.lease() == lease).map(KeyValue::key).toList();
    }

    /// Events from a revision on, all with the key's state before.
    Map<Long, List<Event>> events(long from, Bytes key, Bytes rangeEnd) {
        Map<Long, List<Event>> found = new TreeMap<>();
        for (long revision = from; revision <= revision(); revision++) {
            List<Event> own = events.get((int) revision).stream().filter(e -> isIn(key, rangeEnd, e.kv().key())).toList();
            if (!own.isEmpty()) {
                found.put(revision, own);
            }
        }
        return found;
    }

    private static boolean isIn(Bytes key, Bytes rangeEnd, Bytes candidate) {
        boolean isAll = rangeEnd.equals(Bytes.ZERO);
        return rangeEnd.isEmpty()
                ? candidate.equals(key)
                : candidate.compareTo(key) >= 0 && (isAll || candidate.compareTo(rangeEnd) < 0);
    }

    public RangeResult range(RangeRequest request) {
        return range(request, states.getLast(), revision());
    }

    private RangeResult range(RangeRequest request, TreeMap<Bytes, KeyValue> now, long header) {
        if (request.revision() > revision()) {
            throw new StoreException(Code.FUTURE_REVISION);
        }
        if (request.revision() > 0 && request.revision() < compacted) {
            throw new StoreException(Code.COMPACTED);
        }
        TreeMap<Bytes, KeyValue> state = request.revision() > 0 ? states.get((int) request.revision()) : now;
        List<KeyValue> all = select(state, request.key(), request.rangeEnd());
        if (request.countOnly()) {
            return new RangeResult(header, List.of(), false, all.size());
        }
        Stream<KeyValue> kvs = all.stream().filter(kv -> isBetween(kv.modRevision(), request.minModRevision(),
                request.maxModRevision())
                && isBetween(kv.createRevision(), request.minCreateRevision(), request.maxCreateRevision()));
        if (request.limit() > 0 && request.order() == SortOrder.NONE && request.minModRevision() == 0
                && request.maxModRevision() == 0 && request.minCreateRevision() == 0 && request.maxCreateRevision() == 0) {
            kvs = kvs.limit(request.limit() + 1); // etcd sorts what it has read, and it has read no more
        }
        List<KeyValue> sorted = new ArrayList<>(kvs.sorted(order(request)).toList());
        boolean more = request.limit() > 0 && sorted.size() > request.limit();
        Stream<KeyValue> cut = sorted.stream().limit(more ? request.limit() : sorted.size());
        return new RangeResult(header, cut.map(kv -> request.keysOnly() ? with(kv, Bytes.EMPTY) : kv).toList(), more,
                all.size());
    }

    private static List<KeyValue> select(TreeMap<Bytes, KeyValue> state, Bytes key, Bytes rangeEnd) {
        return state.values().stream().filter(kv -> isIn(key, rangeEnd, kv.key())).toList();
    }

    private static boolean isBetween(long number, long least, long most) {
        return (least == 0 || number >= least) && (most == 0 || number <= most);
    }

    private static KeyValue with(KeyValue kv, Bytes value) {
        return new KeyValue(kv.key(), value, kv.createRevision(), kv.modRevision(), kv.version(), kv.lease());
    }

    private static Comparator<KeyValue> order(RangeRequest request) {
        Comparator<KeyValue> order = switch (request.target()) {
            case SortTarget.KEY -> Comparator.comparing(KeyValue::key);
            case SortTarget.VERSION -> Comparator.comparing(KeyValue::version);
            case SortTarget.CREATE -> Comparator.comparing(KeyValue::createRevision);
            case SortTarget.MOD -> Comparator.comparing(KeyValue::modRevision);
            case SortTarget.VALUE -> Comparator.comparing(KeyValue::value);
        };
        return request.order() == SortOrder.DESCEND ? order.reversed() : order;
    }

    public TxnResult commit(Txn txn) {
        begin();
        List<Boolean> branches = new ArrayList<>();
        choose(txn, branches);
        checkPuts(txn, new ArrayList<>(branches)); // etcd names the mistakes of all puts before those of all reads
        checkReads(txn, new ArrayList<>(branches));
        TxnResult result = execute(txn, branches);
        return stamp(result, end());
    }

    private void begin() {
        draft = new TreeMap<>(states.getLast());
        drafted = new ArrayList<>();
    }

    private long end() {
        if (!drafted.isEmpty()) {
            states.add(draft);
            events.add(drafted);
        }
        return revision();
    }

    /// All compares, those of the nested transactions that will run too, look at the state before.
    private void choose(Txn txn, List<Boolean> branches) {
        boolean holds = txn.compares().stream().allMatch(this::holds);
        branches.add(holds);
        for (Op op : holds ? txn.then() : txn.otherwise()) {
            if (op instanceof Op.Nested(Txn nested)) {
                choose(nested, branches);
            }
        }
    }

    private boolean holds(Compare compare) {
        List<KeyValue> kvs = select(draft, compare.key(), compare.rangeEnd());
        if (kvs.isEmpty()) {
            return compare.target() != Compare.Target.VALUE
                    && holds(compare, new KeyValue(compare.key(), Bytes.EMPTY, 0, 0, 0, 0));
        }
        return kvs.stream().allMatch(kv -> holds(compare, kv));
    }

    private static boolean holds(Compare compare, KeyValue kv) {
        int order = switch (compare.target()) {
            case VERSION -> Long.compare(kv.version(), compare.number());
            case CREATE -> Long.compare(kv.createRevision(), compare.number());
            case MOD -> Long.compare(kv.modRevision(), compare.number());
            case LEASE -> Long.compare(kv.lease(), compare.number());
            case VALUE -> kv.value().compareTo(compare.value());
        };
        return switch (compare.relation()) {
            case EQUAL -> order == 0;
            case NOT_EQUAL -> order != 0;
            case LESS -> order < 0;
            case GREATER -> order > 0;
        };
    }

    private void checkPuts(Txn txn, List<Boolean> branches) {
        for (Op op : branches.removeFirst() ? txn.then() : txn.otherwise()) {
            if (op instanceof Op.Nested(Txn nested)) {
                checkPuts(nested, branches);
            } else if (op instanceof Op.Put put && (put.ignoreValue() || put.ignoreLease()) && !draft.containsKey(put.key())) {
                throw new StoreException(Code.KEY_NOT_FOUND);
            } else if (op instanceof Op.Put put && put.lease() != 0 && !leases.containsKey(put.lease())) {
                throw new StoreException(Code.LEASE_NOT_FOUND);
            }
        }
    }

    private void checkReads(Txn txn, List<Boolean> branches) {
        for (Op op : branches.removeFirst() ? txn.then() : txn.otherwise()) {
            if (op instanceof Op.Nested(Txn nested)) {
                checkReads(nested, branches);
            } else if (op instanceof Op.Read(RangeRequest request)) {
                range(request, draft, 0);
            }
        }
    }

    private TxnResult execute(Txn txn, List<Boolean> branches) {
        boolean holds = branches.removeFirst();
        List<OpResult> results = new ArrayList<>();
        for (Op op : holds ? txn.then() : txn.otherwise()) {
            results.add(switch (op) {
                case Op.Read(RangeRequest request) -> new OpResult.Read(range(request, draft, 0));
                case Op.Put put -> put(put);
                case Op.Delete delete -> delete(delete);
                case Op.Nested(Txn nested) -> new OpResult.Nested(execute(nested, branches));
            });
        }
        return new TxnResult(0, holds, results);
    }

    private OpResult put(Op.Put put) {
        Optional<KeyValue> before = Optional.ofNullable(draft.get(put.key()));
        long next = revision() + 1;
        KeyValue kv = new KeyValue(put.key(), put.ignoreValue() ? before.get().value() : put.value(),
                before.map(KeyValue::createRevision).orElse(next), next, before.map(KeyValue::version).orElse(0L) + 1,
                put.ignoreLease() ? before.get().lease() : put.lease());
        draft.put(put.key(), kv);
        drafted.add(new Event(Kind.PUT, kv, before));
        return new OpResult.Put(put.previous() ? before : Optional.empty());
    }

    private OpResult delete(Op.Delete delete) {
        List<KeyValue> kvs = select(draft, delete.key(), delete.rangeEnd());
        kvs.forEach(this::remove);
        return new OpResult.Delete(kvs.size(), delete.previous() ? kvs : List.of());
    }

    private void remove(KeyValue kv) {
        draft.remove(kv.key());
        KeyValue gone = new KeyValue(kv.key(), Bytes.EMPTY, 0, revision() + 1, 0, 0);
        drafted.add(new Event(Kind.DELETE, gone, Optional.of(kv)));
    }

    private static TxnResult stamp(TxnResult result, long revision) {
        List<OpResult> results = result.results().stream().<OpResult>map(each -> switch (each) {
            case OpResult.Read(RangeResult range) ->
                new OpResult.Read(new RangeResult(revision, range.kvs(), range.more(), range.count()));
            case OpResult.Nested(TxnResult nested) -> new OpResult.Nested(stamp(nested, revision));
            case OpResult.Put put -> put;
            case OpResult.Delete delete -> delete;
        }).toList();
        return new TxnResult(revision, result.succeeded(), results);
    }

    public void grant(long id, long ttlSeconds) {
        if (leases.putIfAbsent(id, ttlSeconds) != null) {
            throw new StoreException(Code.LEASE_EXISTS);
        }
    }

    public void revoke(long id) {
        if (leases.remove(id) == null) {
            throw new StoreException(Code.LEASE_NOT_FOUND);
        }
        begin();
        new TreeSet<>(attached(id)).forEach(key -> remove(draft.get(key)));
        end();
    }

    void compact(long revision) {
        if (revision > revision()) {
            throw new StoreException(Code.FUTURE_REVISION);
        }
        if (revision <= compacted) {
            throw new StoreException(Code.COMPACTED);
        }
        compacted = revision;
    }
}
