package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that refuses: nothing is acknowledged, shown, or found after a restart that is not on it.
final class DiskFullTest {

    private static final String LARGE = "x".repeat(10_000);

    @TempDir
    Path folder;

    private final TestDisk disk = new TestDisk();

    private EmbeddedStore open() {
        return EmbeddedStores.open(folder, disk, new PlainMetrics(), Duration.ofMillis(200));
    }

    private static StoreException refused(Code code, EmbeddedStore store, String key) {
        StoreException refusal = assertThrows(StoreException.class, () -> Words.put(store, key, LARGE));
        assertEquals(code, refusal.code());
        return refusal;
    }

    @Test
    void fullDiskRefusesWritesServesReadsAndGoesOnWhenThereIsSpace() {
        try (EmbeddedStore store = open()) {
            Words.put(store, "kept", "1");
            disk.full = true;
            int written = 0;
            StoreException refusal = null;
            while (refusal == null) {
                try {
                    Words.put(store, "k" + written, LARGE);
                    written++;
                } catch (StoreException e) {
                    refusal = e;
                }
            }
            assertEquals(Code.NO_SPACE, refusal.code());
            assertTrue(refusal.getMessage().contains(folder.toString()), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("Free disk space"), refusal.getMessage());
            assertEquals("1", Words.get(store, "kept"));
            assertNull(Words.get(store, "k" + written));
            long revision = store.revision();
            disk.full = false;
            Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreExceptions()
                    .until(() -> Words.put(store, "after", "1") == revision + 1);
        }
        try (EmbeddedStore store = open()) {
            assertEquals("1", Words.get(store, "after"));
        }
    }

    @Test
    void halfWrittenCommitIsCutAndDoesNotComeBack() {
        try (EmbeddedStore store = open()) {
            Words.put(store, "kept", "1");
            disk.fullInFile = true;
            StoreException refusal = refused(Code.NO_SPACE, store, "lost");
            assertTrue(refusal.getMessage().contains("nothing of it will appear"), refusal.getMessage());
            assertNull(Words.get(store, "lost"));
            Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreExceptions()
                    .until(() -> Words.put(store, "after", "1") == 3);
        }
        PlainMetrics metrics = new PlainMetrics();
        try (EmbeddedStore store = EmbeddedStores.open(folder, disk, metrics)) {
            assertEquals("{after=1, kept=1}", Words.all(store).toString());
            assertEquals(0, metrics.count("shanhai_store_torn_tails_total"), "the cut left nothing to find");
        }
    }

    @Test
    void failedSyncStopsWritingForGoodAndItsCommitDoesNotComeBack() {
        try (EmbeddedStore store = open()) {
            Words.put(store, "kept", "1");
            disk.failingSyncs.set(1);
            StoreException refusal = refused(Code.UNAVAILABLE, store, "lost");
            assertTrue(refusal.getMessage().contains("Input/output error"), refusal.getMessage());
            assertTrue(refusal.getMessage().contains("restart"), refusal.getMessage());
            refused(Code.UNAVAILABLE, store, "later");
            assertEquals("1", Words.get(store, "kept"));
            assertEquals(2, store.revision());
        }
        try (EmbeddedStore store = open()) {
            assertEquals("{kept=1}", Words.all(store).toString());
            assertEquals(3, Words.put(store, "again", "1"));
        }
    }

    @Test
    void commitThatCannotBeTakenBackSaysSo() {
        try (EmbeddedStore store = open()) {
            disk.failingSyncs.set(100);
            StoreException refusal = refused(Code.UNAVAILABLE, store, "lost");
            assertTrue(refusal.getMessage().contains("not known"), refusal.getMessage());
            disk.failingSyncs.set(0);
        }
    }

    @Test
    void everybodyInAFailedBatchIsRefused() {
        try (EmbeddedStore store = open()) {
            Words.put(store, "kept", "1");
            disk.failingSyncs.set(2); // the commit's, and the one that would make its cut sure
            AtomicInteger acknowledged = new AtomicInteger();
            try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 50; i++) {
                    String key = "k" + i;
                    executor.submit(() -> {
                        Words.put(store, key, "1");
                        return acknowledged.incrementAndGet();
                    });
                }
            }
            assertEquals(0, acknowledged.get());
            assertEquals(2, store.revision());
        }
    }

    @Test
    void indexIsNotWrittenOntoAFullDisk() {
        try (EmbeddedStore store = open()) {
            Words.put(store, "kept", "1");
            disk.usable = 1_000;
            Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> refused(Code.NO_SPACE, store, "k"));
            assertFalse(Words.all(store).isEmpty());
            disk.usable = Long.MAX_VALUE;
            Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreExceptions()
                    .until(() -> Words.put(store, "after", "1") > 0);
        }
    }

    @Test
    void folderInUseIsSaidSo() {
        try (EmbeddedStore _ = open()) {
            StoreException refusal = assertThrows(StoreException.class, this::open);
            assertTrue(refusal.getMessage().contains("in use by another process"), refusal.getMessage());
        }
    }
}
