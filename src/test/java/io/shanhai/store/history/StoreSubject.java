package io.shanhai.store.history;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult;
import io.shanhai.store.TxnResult.OpResult;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Any [Store] of this process.
public final class StoreSubject implements Subject {

    private final Store store;

    public StoreSubject(Store store) {
        this.store = store;
    }

    @Override
    public Answer run(String key, Action action) throws Unknown, Refused {
        try {
            Bytes at = Bytes.utf8(key);
            return switch (action) {
                case Action.Get _ -> get(at);
                case Action.Put(String value) ->
                    new Answer(store.commit(Txn.of(Op.put(at, Bytes.utf8(value)))).revision(), null, true);
                case Action.Swap(String value) -> swap(at, value);
                case Action.Delete _ -> delete(at);
                case Action.CompareAndPut(String expected, String value) -> compareAndPut(at, expected, value);
            };
        } catch (StoreException e) {
            throw outcome(e);
        }
    }

    /// A full disk refuses for sure, unless the text says that a half-written commit could not be taken back. Whatever else
    /// goes wrong leaves it open.
    private static Refused outcome(StoreException e) throws Unknown {
        if (e.code() == StoreException.Code.NO_SPACE && !e.getMessage().contains("is not known")) {
            return new Refused(e.getMessage());
        }
        throw new Unknown(e);
    }

    private Answer get(Bytes key) {
        RangeResult range = store.range(RangeRequest.key(key));
        return new Answer(range.revision(), seen(range.kvs()), false);
    }

    private Answer swap(Bytes key, String value) {
        TxnResult result = store.commit(Txn.of(new Op.Put(key, Bytes.utf8(value), 0, true, false, false)));
        OpResult.Put put = (OpResult.Put) result.results().getFirst();
        return new Answer(result.revision(), put.previous().map(kv -> kv.value().text()).orElse(null), true);
    }

    private Answer delete(Bytes key) {
        TxnResult result = store.commit(Txn.of(new Op.Delete(key, Bytes.EMPTY, true)));
        OpResult.Delete delete = (OpResult.Delete) result.results().getFirst();
        return new Answer(result.revision(), seen(delete.previous()), delete.deleted() == 1);
    }

    private Answer compareAndPut(Bytes key, String expected, String value) {
        Compare compare = expected == null
                ? Compare.absent(key)
                : new Compare(key, Bytes.EMPTY, Compare.Target.VALUE, Compare.Relation.EQUAL, 0, Bytes.utf8(expected));
        TxnResult result = store.commit(new Txn(List.of(compare), List.of(Op.put(key, Bytes.utf8(value))),
                List.of(new Op.Read(RangeRequest.key(key)))));
        if (result.succeeded()) {
            return new Answer(result.revision(), expected, true);
        }
        return new Answer(result.revision(), seen(((OpResult.Read) result.results().getFirst()).range().kvs()), false);
    }

    private static String seen(List<KeyValue> kvs) {
        return kvs.isEmpty() ? null : kvs.getFirst().value().text();
    }

    @Override
    public Watching watch(String prefix, long from, Consumer<Heard> ear) {
        Watch watch = store.watch(WatchRequest.prefix(Bytes.utf8(prefix), from), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> events) {
                ear.accept(new Heard(revision, events.stream().map(StoreSubject::change).toList()));
            }

            @Override
            public void onCompacted(long compactedRevision) {
                throw new IllegalStateException("compacted at " + compactedRevision + ": a trial compacts nothing");
            }
        });
        return watch::close;
    }

    private static Heard.Change change(Watch.Event event) {
        String key = event.kv().key().text();
        return new Heard.Change(key, event.kind() == Watch.Kind.PUT ? event.kv().value().text() : null);
    }

    @Override
    public long revision() {
        return store.revision();
    }

    @Override
    public Map<String, String> state() {
        Map<String, String> state = new TreeMap<>();
        store.range(RangeRequest.prefix(Bytes.EMPTY)).kvs().forEach(kv -> state.put(kv.key().text(), kv.value().text()));
        return state;
    }

    @Override
    public long grant(long ttlSeconds) throws Unknown, Refused {
        try {
            return store.grant(0, ttlSeconds).id();
        } catch (StoreException e) {
            throw outcome(e);
        }
    }

    @Override
    public Answer attach(String key, String value, long lease) throws Unknown, Refused {
        try {
            return new Answer(store.commit(Txn.of(Op.put(Bytes.utf8(key), Bytes.utf8(value), lease))).revision(), null, true);
        } catch (StoreException e) {
            throw outcome(e);
        }
    }

    @Override
    public boolean keepAlive(long lease) throws Unknown {
        try {
            return store.keepAlive(lease) > 0;
        } catch (StoreException e) {
            throw new Unknown(e);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
