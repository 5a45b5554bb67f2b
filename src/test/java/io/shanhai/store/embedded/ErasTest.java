package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Outcome;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// History over several eras of the index: ended versions are kept by the era they ended in, so a version may have begun
/// eras before it ended.
class ErasTest {

    private static final int WRITES = 70_000; // over two borders of eras of 32,768 revisions
    private static final int KEYS = 9;
    private static final Bytes RARE = Bytes.utf8("rare");

    @TempDir
    Path folder;

    /// What write number i does; its revision is i + 2.
    private static Op op(int i) {
        if (i % 20_000 == 7) {
            return Op.put(RARE, value(i)); // lives longer than half an era
        }
        Bytes key = Bytes.utf8("k" + i % KEYS);
        return i % 1_000 == 999 ? Op.delete(key) : Op.put(key, value(i));
    }

    private static Bytes value(int i) {
        return Bytes.utf8(Integer.toString(i));
    }

    private static NavigableMap<String, String> expected(long revision) {
        NavigableMap<String, String> state = new TreeMap<>();
        for (int i = 0; i + 2 <= revision; i++) {
            switch (op(i)) {
                case Op.Put put -> state.put(put.key().text(), put.value().text());
                case Op.Delete delete -> state.remove(delete.key().text());
                case Op.Read _,Op.Nested _ -> throw new AssertionError();
            }
        }
        return state;
    }

    private static void write(EmbeddedStore store) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(WRITES);
        Semaphore room = new Semaphore(5_000);
        ConcurrentLinkedQueue<StoreException> failures = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < WRITES; i++) {
            room.acquire(); // the store refuses more than 10,000 that wait
            store.commit(Txn.of(op(i)), new Outcome<TxnResult>() {
                @Override
                public void done(TxnResult result) {
                    room.release();
                    done.countDown();
                }

                @Override
                public void failed(StoreException why) {
                    failures.add(why);
                    room.release();
                    done.countDown();
                }
            });
        }
        assertTrue(done.await(60, TimeUnit.SECONDS));
        assertEquals(List.of(), List.copyOf(failures));
    }

    private static void compare(EmbeddedStore store, long revision) {
        NavigableMap<String, String> found = new TreeMap<>();
        for (KeyValue kv : store.range(RangeRequest.prefix(Bytes.EMPTY).at(revision)).kvs()) {
            found.put(kv.key().text(), kv.value().text());
        }
        assertEquals(expected(revision), found, "range at " + revision);
        for (int i = 0; i < KEYS; i++) {
            String key = "k" + i;
            List<KeyValue> one = store.range(RangeRequest.key(Bytes.utf8(key)).at(revision)).kvs();
            assertEquals(expected(revision).get(key), one.isEmpty() ? null : one.getFirst().value().text(),
                    key + " at " + revision);
        }
    }

    private static void watchSeesAllFrom(EmbeddedStore store, long first) throws InterruptedException {
        List<Watch.Event> events = new ArrayList<>();
        CountDownLatch all = new CountDownLatch((int) (WRITES + 2 - first));
        try (Watch _ = store.watch(new WatchRequest(Bytes.ZERO, Bytes.ZERO, first, true), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> some) {
                events.addAll(some);
                all.countDown();
            }

            @Override
            public void onCompacted(long compactedRevision) {}
        })) {
            assertTrue(all.await(60, TimeUnit.SECONDS), () -> all.getCount() + " revisions are missing");
        }
        Map<String, String> state = expected(first - 1);
        for (Watch.Event event : events) {
            String key = event.kv().key().text();
            assertEquals(state.get(key), event.previous().map(kv -> kv.value().text()).orElse(null),
                    key + " before " + event.kv().modRevision());
            if (event.kind() == Watch.Kind.PUT) {
                state.put(key, event.kv().value().text());
            } else {
                state.remove(key);
            }
        }
        assertEquals(expected(WRITES + 1), state);
    }

    @Test
    void thePastIsReadOverBordersOfErasAfterARestartAndAfterCompaction() throws Exception {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            write(store);
            assertEquals(WRITES + 1, store.revision());
            compareSome(store, 2);
            watchSeesAllFrom(store, 30_000);
        }
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            compareSome(store, 2);
            watchSeesAllFrom(store, 2);
            store.compact(33_000);
            compareSome(store, 33_000);
            watchSeesAllFrom(store, 33_001); // what the compacted revision itself replaced is gone
        }
    }

    private static void compareSome(EmbeddedStore store, long from) {
        for (long revision : new long[]{2, 9, 1_001, 20_008, 32_767, 32_768, 32_769, 33_000, 33_001, 50_000, 65_535, 65_536,
                65_537, WRITES, WRITES + 1}) {
            if (revision >= from) {
                compare(store, revision);
            }
        }
    }
}
