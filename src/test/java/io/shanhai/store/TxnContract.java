package io.shanhai.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Compare.Relation;
import io.shanhai.store.Txn.Compare.Target;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult.OpResult;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Compare, then, else: one atomic step with one revision.
public abstract class TxnContract extends StoreContract {

    private static Compare compare(String key, Target target, Relation relation, long number) {
        return new Compare(key(key), Bytes.EMPTY, target, relation, number, Bytes.EMPTY);
    }

    private static Compare value(String key, Relation relation, String value) {
        return new Compare(key(key), Bytes.EMPTY, Target.VALUE, relation, 0, key(value));
    }

    private boolean holds(Compare compare) {
        return store.commit(new Txn(List.of(compare), List.of(), List.of())).succeeded();
    }

    @Test
    void manyOperationsAreOneRevision() {
        assertEquals(2, store.commit(Txn.of(puts(10))).revision());
        assertEquals(2, store.revision());
        assertEquals(10, store.range(RangeRequest.prefix(key("k"))).count());
    }

    @Test
    void comparesEveryTarget() {
        long lease = store.grant(0, 60).id();
        put("a", "x", lease); // 2
        put("a", "y", lease); // 3
        assertTrue(holds(compare("a", Target.VERSION, Relation.EQUAL, 2)));
        assertTrue(holds(compare("a", Target.CREATE, Relation.EQUAL, 2)));
        assertTrue(holds(compare("a", Target.MOD, Relation.GREATER, 2)));
        assertFalse(holds(compare("a", Target.MOD, Relation.GREATER, 3)));
        assertTrue(holds(compare("a", Target.MOD, Relation.LESS, 4)));
        assertTrue(holds(compare("a", Target.LEASE, Relation.EQUAL, lease)));
        assertTrue(holds(compare("a", Target.LEASE, Relation.NOT_EQUAL, 0)));
        assertTrue(holds(value("a", Relation.EQUAL, "y")));
        assertTrue(holds(value("a", Relation.LESS, "z")));
        assertFalse(holds(value("a", Relation.NOT_EQUAL, "y")));
    }

    @Test
    void absentKeyComparesAsZeroButItsValueAsNothing() {
        assertTrue(holds(Compare.absent(key("a"))));
        assertTrue(holds(compare("a", Target.VERSION, Relation.EQUAL, 0)));
        assertFalse(holds(value("a", Relation.EQUAL, "")));
        assertFalse(holds(value("a", Relation.NOT_EQUAL, "x")));
    }

    @Test
    void rangeCompareHoldsForAllKeysOrNot() {
        put("p/a", "1"); // 2
        put("p/b", "1"); // 3
        Bytes end = key("p/").prefixEnd();
        assertTrue(holds(new Compare(key("p/"), end, Target.MOD, Relation.LESS, 4, Bytes.EMPTY)));
        assertFalse(holds(new Compare(key("p/"), end, Target.MOD, Relation.LESS, 3, Bytes.EMPTY)));
        assertTrue(holds(new Compare(key("p/"), end, Target.VALUE, Relation.EQUAL, 0, key("1"))));
        assertFalse(holds(new Compare(key("q/"), key("q/").prefixEnd(), Target.VALUE, Relation.EQUAL, 0, key("1"))));
    }

    @Test
    void elseRunsWhenOneCompareFails() {
        put("a", "1");
        Txn txn = new Txn(List.of(value("a", Relation.EQUAL, "1"), Compare.absent(key("a"))),
                List.of(Op.put(key("then"), key("x"))), List.of(Op.put(key("else"), key("x"))));
        TxnResult result = store.commit(txn);
        assertFalse(result.succeeded());
        assertEquals("a else", keys(""));
        assertEquals(3, result.revision());
    }

    @Test
    void readsInATransactionSeeItsWritesAndItsRevision() {
        put("a", "1");
        Txn txn = Txn.of(Op.put(key("b"), key("2")), new Op.Read(RangeRequest.prefix(Bytes.EMPTY)),
                new Op.Read(RangeRequest.prefix(Bytes.EMPTY).at(2)));
        TxnResult result = store.commit(txn);
        RangeResult now = ((OpResult.Read) result.results().get(1)).range();
        assertEquals("a b", keys(now));
        assertEquals(3, now.revision());
        assertEquals("a", keys(((OpResult.Read) result.results().get(2)).range()));
    }

    @Test
    void readInATransactionThatDeletesAndPutsMergesBoth() {
        store.commit(Txn.of(puts(4)));
        Txn txn = Txn.of(new Op.Delete(key("k1"), key("k3"), false), Op.put(key("k00"), key("n")),
                Op.put(key("z"), key("n")), new Op.Read(RangeRequest.prefix(Bytes.EMPTY)));
        assertEquals("k0 k00 k3 z", keys(((OpResult.Read) store.commit(txn).results().get(3)).range()));
        assertEquals("k0 k00 k3 z", keys(""));
    }

    @Test
    void nestedComparesAreMadeBeforeAnythingIsWritten() {
        Txn inner = new Txn(List.of(Compare.absent(key("a"))), List.of(Op.put(key("in"), key("then"))),
                List.of(Op.put(key("in"), key("else"))));
        TxnResult result = store.commit(Txn.of(Op.put(key("a"), key("1")), new Op.Nested(inner)));
        assertTrue(((OpResult.Nested) result.results().get(1)).result().succeeded());
        assertEquals("then", value("in"));
        assertEquals(2, get("in").orElseThrow().modRevision());
        assertEquals(2, get("a").orElseThrow().modRevision());
    }

    @Test
    void previousIsReturnedWhenAskedFor() {
        Op.Put asking = new Op.Put(key("a"), key("2"), 0, true, false, false);
        assertEquals(new OpResult.Put(Optional.empty()), store.commit(Txn.of(asking)).results().getFirst());
        OpResult.Put second = (OpResult.Put) store.commit(Txn.of(asking)).results().getFirst();
        assertEquals(new KeyValue(key("a"), key("2"), 2, 2, 1, 0), second.previous().orElseThrow());
    }

    @Test
    void ignoreValueAndIgnoreLeaseKeepThem() {
        long lease = store.grant(0, 60).id();
        put("a", "1", lease);
        store.commit(Txn.of(new Op.Put(key("a"), key("2"), 0, false, false, true)));
        assertEquals(new KeyValue(key("a"), key("2"), 2, 3, 2, lease), get("a").orElseThrow());
        store.commit(Txn.of(new Op.Put(key("a"), Bytes.EMPTY, 0, false, true, false)));
        assertEquals(new KeyValue(key("a"), key("2"), 2, 4, 3, 0), get("a").orElseThrow());
        refuses(Code.KEY_NOT_FOUND,
                () -> store.commit(Txn.of(new Op.Put(key("b"), Bytes.EMPTY, 0, false, true, false))));
        refuses(Code.VALUE_PROVIDED, () -> store.commit(Txn.of(new Op.Put(key("a"), key("x"), 0, false, true, false))));
        refuses(Code.LEASE_PROVIDED, () -> store.commit(Txn.of(new Op.Put(key("a"), key("x"), 7, false, false, true))));
    }

    @Test
    void refusedTransactionChangesNothing() {
        put("a", "1");
        refuses(Code.LEASE_NOT_FOUND,
                () -> store.commit(Txn.of(Op.put(key("a"), key("2")), Op.put(key("b"), key("2"), 99))));
        assertEquals("1", value("a"));
        assertEquals(2, store.revision());
        assertEquals(3, put("c", "1"));
        assertEquals("a c", keys(""));
    }

    @Test
    void ofSeveralMistakesThatOfAPutIsNamedFirst() {
        Op read = new Op.Read(RangeRequest.key(key("a")).at(99));
        Op put = Op.put(key("a"), key("1"), 99);
        refuses(Code.LEASE_NOT_FOUND, () -> store.commit(Txn.of(read, put)));
        refuses(Code.LEASE_NOT_FOUND, () -> store.commit(Txn.of(read, new Op.Nested(Txn.of(put)))));
        refuses(Code.FUTURE_REVISION, () -> store.commit(Txn.of(Op.put(key("a"), key("1")), read)));
        assertEquals(1, store.revision());
    }

    @Test
    void sameKeyTwiceIsRefused() {
        Op put = Op.put(key("a"), key("1"));
        refuses(Code.DUPLICATE_KEY, () -> store.commit(Txn.of(put, put)));
        refuses(Code.DUPLICATE_KEY, () -> store.commit(Txn.of(put, Op.delete(key("a")))));
        refuses(Code.DUPLICATE_KEY, () -> store.commit(Txn.of(new Op.Delete(key("A"), key("b"), false), put)));
        refuses(Code.DUPLICATE_KEY, () -> store.commit(Txn.of(put, new Op.Nested(Txn.of(put)))));
        refuses(Code.DUPLICATE_KEY, () -> store.commit(new Txn(List.of(), List.of(), List.of(put, put))));
    }

    @Test
    void bothBranchesOfANestedTransactionMayPutTheSameKey() {
        Op put = Op.put(key("a"), key("1"));
        store.commit(Txn.of(new Op.Nested(new Txn(List.of(), List.of(put), List.of(put)))));
        assertEquals("1", value("a"));
    }

    @Test
    void moreThanOneHundredAndTwentyEightOperationsAreRefused() {
        store.commit(Txn.of(puts(128)));
        refuses(Code.TOO_MANY_OPS, () -> store.commit(Txn.of(puts(129))));
        refuses(Code.TOO_MANY_OPS, () -> store.commit(new Txn(List.of(), List.of(), puts(129))));
    }

    @Test
    void readOnlyTransactionMakesNoRevision() {
        put("a", "1");
        TxnResult result = store.commit(Txn.of(new Op.Read(RangeRequest.key(key("a")))));
        assertEquals(2, result.revision());
        assertEquals(2, store.revision());
    }

    @Test
    void compareAndSetIsAtomicUnderContention() throws Exception {
        put("n", "0");
        int writers = 6;
        int each = 20;
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < writers; i++) {
                executor.submit(() -> {
                    for (int done = 0; done < each;) {
                        done += increment("n") ? 1 : 0;
                    }
                    return null;
                });
            }
        }
        assertEquals("" + writers * each, value("n"));
        assertEquals(1 + writers * each, get("n").orElseThrow().version());
    }

    private boolean increment(String key) {
        KeyValue seen = get(key).orElseThrow();
        String next = "" + (Integer.parseInt(seen.value().text()) + 1);
        return store.commit(new Txn(List.of(Compare.modRevision(key(key), Relation.EQUAL, seen.modRevision())),
                List.of(Op.put(key(key), key(next))), List.of())).succeeded();
    }

    @Test
    void putsAreCheckedBeforeReads() {
        put("a", "1");
        Op read = new Op.Read(RangeRequest.key(key("a")).at(99));
        Op put = new Op.Put(key("none"), Bytes.EMPTY, 0, false, true, false);
        refuses(Code.KEY_NOT_FOUND, () -> store.commit(Txn.of(read, put)));
        refuses(Code.KEY_NOT_FOUND, () -> store.commit(Txn.of(read, new Op.Nested(Txn.of(put)))));
        refuses(Code.LEASE_NOT_FOUND, () -> store.commit(Txn.of(read, Op.put(key("b"), key("2"), 4_711))));
        refuses(Code.FUTURE_REVISION, () -> store.commit(Txn.of(Op.put(key("b"), key("2")), read)));
        assertEquals(2, store.revision());
    }
}
