package io.shanhai.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn.Op;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Revisions, puts, deletes, ranges, history and compaction, as etcd has them.
public abstract class KeyValueContract extends StoreContract {

    @Test
    void freshStoreIsAtRevisionOne() {
        assertEquals(1, store.revision());
        assertEquals(0, store.compactedRevision());
        assertEquals("", keys(""));
    }

    @Test
    void putCountsRevisionsAndVersions() {
        assertEquals(2, put("a", "1"));
        assertEquals(3, put("b", "1"));
        assertEquals(4, put("a", "2"));
        assertEquals(new KeyValue(key("a"), key("2"), 2, 4, 2, 0), get("a").orElseThrow());
    }

    @Test
    void deletedKeyStartsOverAtVersionOne() {
        put("a", "1");
        assertEquals(3, delete("a"));
        assertTrue(get("a").isEmpty());
        put("a", "2");
        assertEquals(new KeyValue(key("a"), key("2"), 4, 4, 1, 0), get("a").orElseThrow());
    }

    @Test
    void deletingNothingMakesNoRevision() {
        put("a", "1");
        TxnResult result = store.commit(Txn.of(Op.delete(key("b"))));
        assertEquals(2, result.revision());
        assertEquals(2, store.revision());
        assertEquals(new TxnResult.OpResult.Delete(0, List.of()), result.results().getFirst());
    }

    @Test
    void rangeDeleteCountsAndReturnsWhatItDeleted() {
        put("a", "1");
        put("b", "2");
        put("c", "3");
        TxnResult result = store.commit(Txn.of(new Op.Delete(key("a"), key("c"), true)));
        TxnResult.OpResult.Delete deleted = (TxnResult.OpResult.Delete) result.results().getFirst();
        assertEquals(2, deleted.deleted());
        assertEquals(List.of("1", "2"), deleted.previous().stream().map(kv -> kv.value().text()).toList());
        assertEquals(5, result.revision());
        assertEquals("c", keys(""));
    }

    @Test
    void emptyValuesAndBinaryKeysAreKept() {
        Bytes binary = Bytes.of(new byte[]{0, (byte) 0xff, 1, 0});
        store.commit(Txn.of(Op.put(binary, Bytes.EMPTY)));
        assertEquals(new KeyValue(binary, Bytes.EMPTY, 2, 2, 1, 0),
                store.range(RangeRequest.prefix(Bytes.EMPTY)).kvs().getFirst());
    }

    @Test
    void rangesEndBeforeTheirEnd() {
        for (String key : List.of("a", "ab", "b", "c")) {
            put(key, key);
        }
        assertEquals("a ab", keys("a"));
        assertEquals("a ab b", keys(store.range(RangeRequest.of(key("a"), key("c")))));
        assertEquals("b c", keys(store.range(RangeRequest.of(key("b"), Bytes.ZERO))));
        assertEquals("", keys(store.range(RangeRequest.of(key("c"), key("a")))));
        assertEquals("a ab b c", keys(""));
    }

    @Test
    void limitCutsTheListButNotTheCount() {
        store.commit(Txn.of(puts(5)));
        RangeResult cut = store.range(RangeRequest.prefix(key("k")).limit(2));
        assertEquals("k0 k1", keys(cut));
        assertTrue(cut.more());
        assertEquals(5, cut.count());
        RangeResult whole = store.range(RangeRequest.prefix(key("k")).limit(5));
        assertFalse(whole.more());
        assertEquals(5, whole.kvs().size());
    }

    @Test
    void countOnlyAndKeysOnlyLeaveThingsOut() {
        put("a", "value");
        RangeRequest all = RangeRequest.prefix(Bytes.EMPTY);
        RangeRequest countOnly = new RangeRequest(all.key(), all.rangeEnd(), 0, 0, SortOrder.NONE, SortTarget.KEY, false,
                true, 0, 0, 0, 0);
        assertEquals(new RangeResult(2, List.of(), false, 1), store.range(countOnly));
        RangeRequest keysOnly = new RangeRequest(all.key(), all.rangeEnd(), 0, 0, SortOrder.NONE, SortTarget.KEY, true,
                false, 0, 0, 0, 0);
        assertEquals(new KeyValue(key("a"), Bytes.EMPTY, 2, 2, 1, 0), store.range(keysOnly).kvs().getFirst());
    }

    @Test
    void sortsByEveryTarget() {
        put("a", "3");
        put("b", "1");
        put("c", "2");
        put("a", "9"); // a: version 2, newest
        assertEquals("b c a", sorted(SortOrder.ASCEND, SortTarget.MOD));
        assertEquals("a c b", sorted(SortOrder.DESCEND, SortTarget.MOD));
        assertEquals("c b a", sorted(SortOrder.DESCEND, SortTarget.CREATE));
        assertEquals("b c a", sorted(SortOrder.NONE, SortTarget.VALUE));
        assertEquals("c b a", sorted(SortOrder.DESCEND, SortTarget.KEY));
        assertEquals("a", keys(
                store.range(RangeRequest.prefix(Bytes.EMPTY).sorted(SortOrder.DESCEND, SortTarget.VERSION).limit(1))));
    }

    @Test
    void filtersByRevisionsAndStillCountsAll() {
        put("a", "1"); // 2
        put("b", "1"); // 3
        put("a", "2"); // 4
        put("c", "1"); // 5
        assertEquals("a c", filtered(4, 0, 0, 0));
        assertEquals("a b", filtered(0, 4, 0, 0));
        assertEquals("b c", filtered(0, 0, 3, 0));
        assertEquals("a", filtered(0, 0, 0, 2));
        RangeRequest all = RangeRequest.prefix(Bytes.EMPTY);
        RangeResult limited = store.range(new RangeRequest(all.key(), all.rangeEnd(), 0, 1, SortOrder.NONE, SortTarget.KEY,
                false, false, 4, 0, 0, 0));
        assertEquals("a", keys(limited));
        assertTrue(limited.more());
        assertEquals(3, limited.count());
    }

    private String filtered(long minMod, long maxMod, long minCreate, long maxCreate) {
        return keys(store.range(new RangeRequest(Bytes.ZERO, Bytes.ZERO, 0, 0, SortOrder.NONE, SortTarget.KEY, false, false,
                minMod, maxMod, minCreate, maxCreate)));
    }

    @Test
    void historyShowsEveryRevision() {
        put("a", "1"); // 2
        put("b", "1"); // 3
        put("a", "2"); // 4
        delete("a"); // 5
        put("a", "3"); // 6
        assertEquals("", at(1));
        assertEquals("a=1", at(2));
        assertEquals("a=1 b=1", at(3));
        assertEquals("a=2 b=1", at(4));
        assertEquals("b=1", at(5));
        assertEquals("a=3 b=1", at(6));
        assertEquals(new KeyValue(key("a"), key("2"), 2, 4, 2, 0),
                store.range(RangeRequest.key(key("a")).at(4)).kvs().getFirst());
        assertEquals(6, store.range(RangeRequest.key(key("a")).at(4)).revision());
        assertEquals(0, store.range(RangeRequest.key(key("a")).at(5)).count());
    }

    private String at(long revision) {
        return String.join(" ", store.range(RangeRequest.prefix(Bytes.EMPTY).at(revision)).kvs().stream()
                .map(kv -> kv.key().text() + "=" + kv.value().text()).toList());
    }

    @Test
    void futureRevisionIsRefused() {
        refuses(Code.FUTURE_REVISION, () -> store.range(RangeRequest.key(key("a")).at(2)));
        refuses(Code.FUTURE_REVISION, () -> store.compact(2));
    }

    @Test
    void compactionHidesWhatIsBelowAndKeepsWhatIsVisible() {
        put("a", "1"); // 2
        put("a", "2"); // 3
        put("b", "1"); // 4
        delete("b"); // 5
        put("a", "3"); // 6
        store.compact(4);
        assertEquals(4, store.compactedRevision());
        refuses(Code.COMPACTED, () -> store.range(RangeRequest.key(key("a")).at(3)));
        refuses(Code.COMPACTED, () -> store.compact(4));
        assertEquals("a=2 b=1", at(4));
        assertEquals("a=2", at(5));
        assertEquals("a=3", at(6));
        assertEquals(6, store.revision());
    }

    @Test
    void emptyKeyIsRefused() {
        refuses(Code.EMPTY_KEY, () -> RangeRequest.key(Bytes.EMPTY));
        refuses(Code.EMPTY_KEY, () -> put("", "1"));
        refuses(Code.EMPTY_KEY, () -> delete(""));
    }

    @Test
    void tooLargeARequestIsRefused() {
        byte[] large = new byte[2 << 20];
        refuses(Code.REQUEST_TOO_LARGE, () -> store.commit(Txn.of(Op.put(key("a"), Bytes.wrap(large)))));
        assertEquals(1, store.revision());
    }

    @Test
    void concurrentWritersGetEachRevisionOnce() throws Exception {
        int writers = 8;
        int each = 50;
        Set<Long> revisions = ConcurrentHashMap.newKeySet();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < writers; i++) {
                String own = "w" + i;
                executor.submit(() -> {
                    for (int n = 0; n < each; n++) {
                        revisions.add(put(own, "" + n));
                    }
                    return null;
                });
            }
        }
        assertEquals(writers * each, revisions.size());
        assertEquals(1 + writers * each, store.revision());
        assertEquals(Optional.of((long) each), get("w3").map(KeyValue::version));
    }

    @Test
    void interruptedWriterLosesNothing() throws Exception {
        Thread.currentThread().interrupt();
        put("a", "1");
        assertTrue(Thread.interrupted(), "the interrupt is kept for the caller");
        put("b", "2");
        assertEquals("a b", keys(""));
    }

    private String sorted(SortOrder order, SortTarget target) {
        return keys(store.range(RangeRequest.prefix(Bytes.EMPTY).sorted(order, target)));
    }

    /// etcd reads one key more than the limit and sorts what it has read, unless the request names an order.
    @Test
    void targetWithoutOrderSortsOnlyTheFirstKeys() {
        put("a", "1");
        put("a", "2");
        put("a", "3");
        put("b", "1");
        put("b", "2");
        put("c", "1");
        RangeRequest byVersion = RangeRequest.prefix(Bytes.EMPTY).limit(1).sorted(SortOrder.NONE, SortTarget.VERSION);
        assertEquals("b", keys(store.range(byVersion)));
        assertTrue(store.range(byVersion).more());
        assertEquals("c", keys(store.range(byVersion.sorted(SortOrder.ASCEND, SortTarget.VERSION))));
        assertEquals("c b a", keys(store.range(byVersion.limit(0))));
    }
}
