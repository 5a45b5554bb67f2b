package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.Lease;
import io.shanhai.store.Maintenance.Alarm;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.Verification;
import io.shanhai.store.backup.BackupFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Verifying, backing up and restoring a store's folder.
final class StoreFolderTest {

    @TempDir
    Path folder;

    private Path store() {
        return folder.resolve("store");
    }

    private static Verification verify(Path store) throws IOException {
        return EmbeddedStore.verify(store, (_, _) -> {});
    }

    private static Verification restore(Path backup, Path store) throws IOException {
        return EmbeddedStore.restore(backup, store, (_, _) -> {});
    }

    /// Revisions 2 to 302, compacted at 100.
    private static void fill(EmbeddedStore store) {
        store.grant(7, 600);
        for (int i = 0; i < 300; i++) {
            store.commit(Txn.of(Op.put(Bytes.utf8("key" + i % 50), Bytes.utf8("value" + i), i % 3 == 0 ? 7 : 0)));
        }
        store.commit(Txn.of(Op.delete(Bytes.utf8("key3"))));
        store.compact(100);
    }

    /// Every file's size and content.
    private static TreeMap<String, Integer> files(Path folder) throws IOException {
        TreeMap<String, Integer> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file.toString(), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return files;
    }

    @Test
    void soundStoreHasNoProblemAndIsNotChanged() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(store())) {
            fill(store);
        }
        TreeMap<String, Integer> before = files(store());
        Verification found = verify(store());
        assertEquals(List.of(), found.problems());
        assertEquals(302, found.revision());
        assertEquals(100, found.compacted());
        assertEquals(49, found.keys());
        assertEquals(1, found.leases());
        assertTrue(found.frames() > 0);
        assertEquals(before, files(store()));
    }

    @Test
    void storeThatDiedIsSoundToo() throws IOException {
        Path copy = folder.resolve("copy");
        try (EmbeddedStore store = EmbeddedStores.open(store(), new LocalDisk(), new PlainMetrics(), Duration.ofMillis(100))) {
            fill(store);
            store.defragment();
            fill2(store);
            copy(store(), copy); // as after kill -9: some of it in the index, the rest in the log
        }
        Verification found = verify(copy);
        assertEquals(List.of(), found.problems());
        assertEquals(303, found.revision());
    }

    private static void fill2(EmbeddedStore store) {
        Words.put(store, "last", "1");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.sorted().toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    @Test
    void damageIsNamedWithFilePlaceAndRemedy() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(store())) {
            fill(store);
        }
        Path segment;
        try (Stream<Path> log = Files.list(store().resolve("log"))) {
            segment = log.filter(file -> file.toString().endsWith(".log")).findFirst().orElseThrow();
        }
        flip(segment, 2_000);
        String problem = verify(store()).problems().getFirst();
        assertTrue(problem.contains(segment.toString()) && problem.contains("damaged at byte"), problem);
        assertTrue(problem.contains("backup"), problem);
        flip(segment, 2_000);
        assertEquals(List.of(), verify(store()).problems());
    }

    @Test
    void damagedIndexIsSaidSo() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(store())) {
            for (int i = 0; i < 100; i++) {
                Words.put(store, "key" + i, "x".repeat(20_000)); // several log segments
            }
        }
        try (EmbeddedStore _ = EmbeddedStores.open(store())) {
            // the log segments that the index covers go
        }
        Path index = store().resolve("index.mv");
        for (long at = 8_192; at < Files.size(index); at += 512) {
            flip(index, at);
        }
        String problem = verify(store()).problems().getFirst();
        assertTrue(problem.contains("estore the store's folder from a backup"), problem);
        assertTrue(problem.contains("index"), problem);
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int one = bytes.read();
            bytes.seek(at);
            bytes.write(one ^ 0x55);
        }
    }

    @Test
    void runningStoreIsNotVerified() {
        try (EmbeddedStore _ = EmbeddedStores.open(store())) {
            StoreException refusal = assertThrows(StoreException.class, () -> verify(store()));
            assertTrue(refusal.getMessage().contains("in use"), refusal.getMessage());
        }
    }

    @Test
    void restoredStoreHasTheSameHistory() throws IOException {
        Path backup = folder.resolve("a.backup");
        int hash;
        try (EmbeddedStore store = EmbeddedStores.open(store())) {
            fill(store);
            hash = store.hash(0).hash();
            assertEquals(302, BackupFile.keep(backup, store::backup));
            Words.put(store, "later", "is not in it");
        }
        Path restored = folder.resolve("restored");
        assertEquals(49, restore(backup, restored).keys());
        try (EmbeddedStore store = EmbeddedStores.open(restored)) {
            assertEquals(302, store.revision());
            assertEquals(100, store.compactedRevision());
            assertEquals(hash, store.hash(0).hash());
            Lease lease = store.lease(7, true).orElseThrow();
            assertEquals(600, lease.grantedTtlSeconds());
            assertEquals(16, lease.keys().size());
            assertEquals(303, Words.put(store, "new", "1"));
            store.revoke(7);
        }
        assertEquals(List.of(), verify(restored).problems());
        try (EmbeddedStore store = EmbeddedStores.open(restored)) {
            assertEquals(304, store.revision());
            assertEquals(Set.<Alarm>of(), store.alarms());
        }
    }

    @Test
    void restoreReplacesNothing() throws IOException {
        Path backup = folder.resolve("a.backup");
        try (EmbeddedStore store = EmbeddedStores.open(store())) {
            fill(store);
            BackupFile.keep(backup, store::backup);
        }
        TreeMap<String, Integer> before = files(store());
        StoreException refusal = assertThrows(StoreException.class, () -> restore(backup, store()));
        assertTrue(refusal.getMessage().contains("not empty") && refusal.getMessage().contains("--data"), refusal.getMessage());
        assertEquals(before, files(store()));
    }

    @Test
    void damagedBackupRestoresNothing() throws IOException {
        Path backup = folder.resolve("a.backup");
        try (EmbeddedStore store = EmbeddedStores.open(store())) {
            fill(store);
            BackupFile.keep(backup, store::backup);
        }
        byte[] whole = Files.readAllBytes(backup);
        Path bad = folder.resolve("bad.backup");
        Path restored = folder.resolve("restored");
        for (int at = 0; at < whole.length; at += Math.max(1, whole.length / 97)) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            Files.write(bad, flipped);
            assertThrows(StoreException.class, () -> restore(bad, restored), "byte " + at);
            Files.write(bad, Arrays.copyOf(whole, at));
            assertThrows(StoreException.class, () -> restore(bad, restored), "cut at " + at);
            assertFalse(Files.exists(restored));
        }
        Files.write(bad, Arrays.copyOf(whole, whole.length + 1));
        StoreException refusal = assertThrows(StoreException.class, () -> restore(bad, restored));
        assertTrue(refusal.getMessage().contains("goes on behind its end"), refusal.getMessage());
        assertEquals(302, restore(backup, restored).revision());
    }
}
