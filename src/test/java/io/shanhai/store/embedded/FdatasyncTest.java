package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A write is acknowledged after its sync, and writers that wait together share one.
final class FdatasyncTest {

    @TempDir
    Path folder;

    private final TestDisk disk = new TestDisk();
    private final PlainMetrics metrics = new PlainMetrics();
    private EmbeddedStore store;

    @BeforeEach
    void open() {
        store = EmbeddedStores.open(folder, disk, metrics);
    }

    @Test
    void everyLonePutHasItsOwnSync() {
        try (EmbeddedStore _ = store) {
            for (int i = 0; i < 50; i++) {
                long before = disk.syncs.get();
                Words.put(store, "key", "value " + i);
                assertEquals(before + 1, disk.syncs.get());
            }
        }
    }

    @Test
    void grantsAndRevokesAreSyncedAndRenewalsAreNot() {
        try (EmbeddedStore _ = store) {
            long before = disk.syncs.get();
            store.grant(7, 60);
            assertEquals(before + 1, disk.syncs.get());
            store.keepAlive(7);
            assertEquals(before + 1, disk.syncs.get());
            store.revoke(7);
            assertEquals(before + 2, disk.syncs.get());
        }
    }

    @Test
    void readsAndRefusedTransactionsSyncNothing() {
        try (EmbeddedStore _ = store) {
            long writes = disk.writes.get();
            Words.get(store, "key");
            store.commit(Txn.of(Op.delete(Bytes.utf8("key"))));
            assertEquals(writes, disk.writes.get());
        }
    }

    @Test
    void concurrentPutsShareSyncs() throws Exception {
        int writers = 64;
        int each = 10;
        try (EmbeddedStore _ = store) {
            long before = disk.syncs.get();
            CountDownLatch go = new CountDownLatch(1);
            try (var executor = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
                for (int w = 0; w < writers; w++) {
                    String key = "w" + w;
                    executor.submit(() -> {
                        go.await();
                        for (int i = 0; i < each; i++) {
                            Words.put(store, key, "" + i);
                        }
                        return null;
                    });
                }
                go.countDown();
            }
            long syncs = disk.syncs.get() - before;
            assertEquals(1 + writers * each, store.revision());
            assertTrue(syncs >= each, syncs + " syncs for a writer's " + each + " puts, each waited for");
            assertTrue(syncs < writers * each / 2, syncs + " syncs for " + writers * each + " puts");
            assertEquals(metrics.count("shanhai_store_commits_total"), writers * each);
        }
    }
}
