package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.settings.DataSize;
import io.shanhai.store.Bytes;
import io.shanhai.store.Maintenance.Alarm;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Quota, alarms, hash and defragmentation of the embedded store.
final class EmbeddedMaintenanceTest {

    private static final String LARGE = "x".repeat(20_000);

    @TempDir
    Path folder;

    private final PlainMetrics metrics = new PlainMetrics();

    private EmbeddedStore open(long quotaBytes) {
        StoreSettings settings = new StoreSettings(new DataSize(256 * 1024), Duration.ofMillis(100), Duration.ZERO,
                new DataSize(1536 * 1024), Duration.ofSeconds(1), new DataSize(4 << 20), new DataSize(quotaBytes), Duration.ZERO,
                "", 7);
        EmbeddedStore store = new EmbeddedStore(folder, settings, metrics);
        store.start();
        return store;
    }

    /// @return how many puts went in
    private static int fill(EmbeddedStore store) {
        int written = 0;
        while (true) {
            try {
                Words.put(store, "k" + written, LARGE);
                written++;
            } catch (StoreException e) {
                assertEquals(Code.NO_SPACE, e.code());
                return written;
            }
        }
    }

    private static StoreException refused(Executable call) {
        StoreException refusal = assertThrows(StoreException.class, call);
        assertEquals(Code.NO_SPACE, refusal.code());
        return refusal;
    }

    @Test
    void fullQuotaRefusesWhatGrowsAndLetsEverythingElsePass() {
        try (EmbeddedStore store = open(1 << 20)) {
            long lease = store.grant(0, 60).id();
            assertTrue(fill(store) > 10);
            long revision = store.revision();
            assertEquals(Set.of(Alarm.NOSPACE), store.alarms());
            String text = refused(() -> Words.put(store, "small", "1")).getMessage();
            assertTrue(text.startsWith("etcdserver: mvcc: database space exceeded: "), text);
            assertTrue(text.contains("store.quota") && text.contains("1048576") && text.contains("disarm"), text);
            refused(() -> store.grant(0, 60));
            Txn.Op put = Op.put(Bytes.utf8("nested"), Bytes.utf8("1"));
            refused(() -> store.commit(Txn.of(new Op.Nested(Txn.of(put)))));
            refused(() -> store.commit(new Txn(List.of(Compare.absent(Bytes.utf8("none"))), List.of(), List.of(put))));
            assertEquals(LARGE, Words.get(store, "k0"));
            assertEquals(60, store.keepAlive(lease));
            store.revoke(lease);
            store.commit(Txn.of(Op.delete(Bytes.utf8("k0"))));
            assertEquals(revision + 1, store.revision());
            store.compact(store.revision());
            store.defragment();
            assertTrue(store.refusal().orElseThrow().contains("NOSPACE"));
        }
        assertEquals(1, metrics.count("shanhai_store_alarms_raised_total"));
    }

    @Test
    void alarmOutlivesARestartAndIsTakenBackOnce() {
        try (EmbeddedStore store = open(1 << 20)) {
            fill(store);
        }
        try (EmbeddedStore store = open(1 << 20)) {
            assertEquals(Set.of(Alarm.NOSPACE), store.alarms());
            refused(() -> Words.put(store, "small", "1"));
            store.disarm(Alarm.NOSPACE);
            assertEquals(Set.of(), store.alarms());
            assertTrue(fill(store) < 5, "its cause was still there");
            assertEquals(Set.of(Alarm.NOSPACE), store.alarms());

            store.commit(Txn.of(new Op.Delete(Bytes.ZERO, Bytes.ZERO, false)));
            store.compact(store.revision());
            store.defragment();
            store.disarm(Alarm.NOSPACE);
            store.disarm(Alarm.NOSPACE);
            Words.put(store, "k", LARGE);
            assertTrue(store.refusal().isEmpty());
        }
        try (EmbeddedStore store = open(0)) {
            assertEquals(Set.of(), store.alarms(), "disarming is durable");
        }
    }

    @Test
    void noQuotaIsNoQuota() {
        try (EmbeddedStore store = open(0)) {
            for (int i = 0; i < 100; i++) {
                Words.put(store, "k" + i, LARGE);
            }
            assertEquals(0, store.size().quota());
            assertEquals(Set.of(), store.alarms());
        }
    }

    @Test
    void defragmentWinsSpaceBackWhileReadersAndWritersGoOn() throws Exception {
        try (EmbeddedStore store = open(0);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 600; i++) {
                Words.put(store, "k" + i % 300, LARGE);
            }
            store.defragment(); // writes all of it down
            long full = store.size().total();
            store.commit(Txn.of(new Op.Delete(Bytes.utf8("k1"), Bytes.utf8("k9"), false)));
            store.compact(store.revision());
            AtomicBoolean over = new AtomicBoolean();
            Future<Integer> reader = threads.submit(() -> {
                int reads = 0;
                while (!over.get() || reads == 0) {
                    store.range(RangeRequest.prefix(Bytes.utf8("k"))).kvs()
                            .forEach(kv -> assertEquals(LARGE, kv.value().text()));
                    reads++;
                }
                return reads;
            });
            Future<Integer> writer = threads.submit(() -> {
                int writes = 0;
                while (!over.get() || writes == 0) {
                    Words.put(store, "w", LARGE);
                    writes++;
                }
                return writes;
            });
            store.defragment();
            over.set(true);
            assertTrue(reader.get() > 0 && writer.get() > 0);
            store.compact(store.revision());
            store.defragment();
            long small = store.size().total();
            assertTrue(small < full / 3, small + " of " + full);
            assertTrue(store.size().inUse() <= store.size().total() + LARGE.length());
        }
        try (EmbeddedStore store = open(0)) {
            assertEquals(LARGE, Words.get(store, "k0"));
            assertEquals(13, Words.all(store).size(), "k0, k9, k90 to k99 and w");
        }
    }

    @Test
    void hashIsTheHistoryOnly(@TempDir Path other) {
        int before;
        try (EmbeddedStore store = open(0); EmbeddedStore twin = EmbeddedStores.open(other)) {
            for (EmbeddedStore each : List.of(store, twin)) {
                each.grant(7, 600);
                for (int i = 0; i < 50; i++) {
                    each.commit(Txn.of(Op.put(Bytes.utf8("k" + i % 10), Bytes.utf8("" + i), i % 2 == 0 ? 7 : 0)));
                }
                each.commit(Txn.of(Op.delete(Bytes.utf8("k3"))));
            }
            before = store.hash(40).hash();
            assertEquals(52, store.hash(0).revision());
            assertNotEquals(before, store.hash(0).hash());
            assertEquals(store.hash(0), twin.hash(0));
            Words.put(store, "k1", "later");
            Words.put(twin, "k1", "other");
            assertEquals(before, store.hash(40).hash(), "what came later does not count");
            assertNotEquals(store.hash(0), twin.hash(0));
            store.defragment();
        }
        try (EmbeddedStore store = open(0)) {
            assertEquals(before, store.hash(40).hash(), "nor does the shape of the files");
            store.compact(20);
            assertEquals(20, store.hash(0).compacted());
            assertEquals(Code.COMPACTED, assertThrows(StoreException.class, () -> store.hash(20)).code());
            assertEquals(Code.FUTURE_REVISION, assertThrows(StoreException.class, () -> store.hash(99)).code());
            int compacted = store.hash(40).hash();
            store.defragment(); // after it the compacted history is really gone
            assertEquals(compacted, store.hash(40).hash());
            assertFalse(store.leases().isEmpty());
        }
    }
}
