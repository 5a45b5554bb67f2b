package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.embedded.LogFormat.Frame;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a start makes of the files a crash left behind.
final class RecoveryTest {

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void folder() {
        folder = temp.resolve("store");
    }

    /// The files as a crash at this moment would leave them: a copy, while the store still runs.
    private Path crash(String name) throws IOException {
        return copy(folder, temp.resolve(name));
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path path : files.toList()) {
                Path target = to.resolve(from.relativize(path));
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        return to;
    }

    private static Path lastSegment(Path store) throws IOException {
        try (Stream<Path> files = Files.list(store.resolve("log"))) {
            return files.filter(path -> LogFormat.sequence(path).isPresent()).sorted().toList().getLast();
        }
    }

    private static List<Frame> frames(Path segment) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        long salt = LogFormat.header(bytes).orElseThrow().salt();
        List<Frame> frames = new ArrayList<>();
        Frame frame = LogFormat.frame(bytes, LogFormat.HEADER_BYTES, salt);
        while (frame != null) {
            frames.add(frame);
            frame = LogFormat.frame(bytes, frame.end(), salt);
        }
        return frames;
    }

    private static void flip(Path file, long offset) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(offset);
            int old = raw.read();
            raw.seek(offset);
            raw.write(old ^ 0xff);
        }
    }

    private static void zero(Path file, long from, long to) throws IOException {
        try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(from);
            raw.write(new byte[(int) (to - from)]);
        }
    }

    @Test
    void everythingIsBackAfterACrashWithoutCheckpoint() throws IOException {
        Path crashed;
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            store.grant(7, 60);
            store.grant(8, 60);
            Words.put(store, "a", "1"); // 2
            store.commit(Txn.of(Op.put(Bytes.utf8("leased"), Bytes.utf8("x"), 7))); // 3
            Words.put(store, "a", "2"); // 4
            Words.put(store, "b", "1"); // 5
            store.commit(Txn.of(Op.delete(Bytes.utf8("b")))); // 6
            store.compact(3);
            store.revoke(8);
            crashed = crash("crashed");
        }
        try (EmbeddedStore store = EmbeddedStores.open(crashed)) {
            assertEquals(6, store.revision());
            assertEquals(3, store.compactedRevision());
            assertEquals("{a=2, leased=x}", Words.all(store).toString());
            assertEquals(List.of(7L), store.leases());
            assertEquals(List.of(Bytes.utf8("leased")), store.lease(7, true).orElseThrow().keys());
            assertTrue(store.lease(7, false).orElseThrow().ttlSeconds() >= 58, "a full TTL again");
            assertEquals(1, store.range(RangeRequest.key(Bytes.utf8("b")).at(5)).count());
            assertEquals(2, store.range(RangeRequest.key(Bytes.utf8("a")).at(4)).kvs().getFirst().version());
            assertEquals(7, Words.put(store, "c", "1"));
        }
    }

    @Test
    void cleanStopLeavesNothingToReplay() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            Words.put(store, "a", "1");
        }
        Cell.Progress progress;
        try (Index index = Index.open(new LocalDisk().indexName(folder.resolve("index.mv")), 1 << 20)) {
            progress = index.progress();
        }
        assertEquals(new Cell.Progress(1, 2, 0), progress);
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            assertEquals("1", Words.get(store, "a"));
        }
    }

    @Test
    void tornTailIsCutAtEveryByte() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            Words.put(store, "a", "1");
            Words.put(store, "b", "12345");
            crash("crashed");
        }
        Path crashed = temp.resolve("crashed");
        Path segment = lastSegment(crashed);
        byte[] whole = Files.readAllBytes(segment);
        Frame last = frames(segment).getLast();
        int padding = last.end() - last.payloadOffset() - last.length();
        for (int keep = last.offset(); keep < last.end() - padding; keep++) {
            byte[] torn = whole.clone();
            Arrays.fill(torn, keep, last.end(), (byte) 0);
            if (Arrays.equals(torn, whole)) {
                continue; // the bytes left out were zeros
            }
            Files.write(segment, torn);
            boolean traces = !Arrays.equals(torn, last.offset(), keep, new byte[keep], 0, keep - last.offset());
            requireCut(crashed, traces);
        }
    }

    @Test
    void brokenByteInTheLastCommitIsATornTail() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            Words.put(store, "a", "1");
            Words.put(store, "b", "12345");
            crash("crashed");
        }
        Path crashed = temp.resolve("crashed");
        Path segment = lastSegment(crashed);
        byte[] whole = Files.readAllBytes(segment);
        Frame last = frames(segment).getLast();
        for (int at = last.offset(); at < last.payloadOffset() + last.length(); at++) {
            Files.write(segment, whole);
            flip(segment, at);
            requireCut(crashed, true);
        }
    }

    private void requireCut(Path crashed, boolean torn) throws IOException {
        PlainMetrics metrics = new PlainMetrics();
        Path opened = copy(crashed, temp.resolve("opened"));
        try (EmbeddedStore store = EmbeddedStores.open(opened, new LocalDisk(), metrics)) {
            assertEquals("{a=1}", Words.all(store).toString());
            assertEquals(torn ? 1 : 0, metrics.count("shanhai_store_torn_tails_total"));
            assertEquals(3, Words.put(store, "c", "1"));
        }
        metrics = new PlainMetrics();
        try (EmbeddedStore store = EmbeddedStores.open(opened, new LocalDisk(), metrics)) {
            assertEquals("{a=1, c=1}", Words.all(store).toString());
            assertEquals(0, metrics.count("shanhai_store_torn_tails_total"));
        }
        try (Stream<Path> log = Files.list(opened.resolve("log"))) {
            for (Path path : log.toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void damageBeforeIntactCommitsStopsTheStartAndTheRemedyWorks() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            for (int i = 0; i < 5; i++) {
                Words.put(store, "k" + i, "1");
            }
            crash("crashed");
        }
        Path crashed = temp.resolve("crashed");
        Path segment = lastSegment(crashed);
        Frame third = frames(segment).get(2);
        flip(segment, third.payloadOffset() + 3L);
        StoreException refusal = assertThrows(StoreException.class, () -> EmbeddedStores.open(crashed).close());
        String remedy = "truncate -s " + third.offset() + " " + segment;
        assertTrue(refusal.getMessage().contains(segment + " is damaged at byte " + third.offset()), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(remedy), refusal.getMessage());
        try (RandomAccessFile raw = new RandomAccessFile(segment.toFile(), "rw")) {
            raw.setLength(third.offset()); // what the remedy's command does
        }
        try (EmbeddedStore store = EmbeddedStores.open(crashed)) {
            assertEquals("{k0=1, k1=1}", Words.all(store).toString());
            assertEquals(4, Words.put(store, "again", "1"));
        }
        try (EmbeddedStore store = EmbeddedStores.open(crashed)) {
            assertEquals("{again=1, k0=1, k1=1}", Words.all(store).toString());
        }
    }

    @Test
    void damageInAnOlderSegmentStopsTheStart() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            for (int i = 0; i < 40; i++) {
                Words.put(store, "k" + i, "x".repeat(20_000)); // a segment holds 12
            }
            crash("crashed");
        }
        Path first = temp.resolve("crashed/log/0000000000000001.log");
        Frame last = frames(first).getLast();
        zero(first, last.offset(), last.end());
        StoreException refusal = assertThrows(StoreException.class,
                () -> EmbeddedStores.open(temp.resolve("crashed")).close());
        assertTrue(refusal.getMessage().contains(first + " is damaged at byte " + last.offset()), refusal.getMessage());
    }

    @Test
    void missingSegmentStopsTheStart() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            for (int i = 0; i < 40; i++) {
                Words.put(store, "k" + i, "x".repeat(20_000));
            }
            crash("crashed");
        }
        Path second = temp.resolve("crashed/log/0000000000000002.log");
        Files.delete(second);
        StoreException refusal = assertThrows(StoreException.class,
                () -> EmbeddedStores.open(temp.resolve("crashed")).close());
        assertTrue(refusal.getMessage().contains(second + " is missing"), refusal.getMessage());
    }

    @Test
    void logThatLostWhatTheIndexHasStopsTheStart() throws IOException {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            Words.put(store, "a", "1");
            Words.put(store, "b", "1");
        }
        Path segment = lastSegment(folder);
        Frame last = frames(segment).getLast();
        zero(segment, last.offset(), last.end());
        StoreException refusal = assertThrows(StoreException.class, () -> EmbeddedStores.open(folder).close());
        assertTrue(refusal.getMessage().contains("synced bytes are lost"), refusal.getMessage());
    }

    @Test
    void valueThatContainsALogFrameIsNoEvidenceOfDamage() throws IOException {
        byte[] stolen;
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            Words.put(store, "a", "1");
            Frame frame = frames(lastSegment(folder)).getFirst();
            stolen = Arrays.copyOfRange(Files.readAllBytes(lastSegment(folder)), frame.offset(), frame.end());
            ByteBuffer.wrap(stolen).putLong(8, 99); // a later index; its checksum cannot be right without the salt
            byte[] value = new byte[200];
            System.arraycopy(stolen, 0, value, 64, stolen.length);
            store.commit(Txn.of(Op.put(Bytes.utf8("b"), Bytes.of(value))));
            crash("crashed");
        }
        Path crashed = temp.resolve("crashed");
        flip(lastSegment(crashed), frames(lastSegment(crashed)).getLast().payloadOffset());
        try (EmbeddedStore store = EmbeddedStores.open(crashed)) {
            assertEquals("{a=1}", Words.all(store).toString());
        }
    }

    @Test
    void segmentsThatACheckpointCoversAreDeleted() {
        try (EmbeddedStore store = EmbeddedStores.open(folder, new LocalDisk(), new PlainMetrics(),
                Duration.ofMillis(100))) {
            for (int i = 0; i < 60; i++) {
                Words.put(store, "k" + i, "x".repeat(20_000));
            }
            Path log = folder.resolve("log");
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
                try (Stream<Path> files = Files.list(log)) {
                    return files.filter(path -> LogFormat.sequence(path).isPresent()).count() == 1;
                }
            });
        }
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            assertEquals(60, Words.all(store).size());
        }
    }

    @Test
    void commitLargerThanASegmentGetsItsOwn() throws IOException {
        String large = "x".repeat(1_000_000);
        Path crashed;
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            Words.put(store, "a", "1");
            Words.put(store, "large", large);
            Words.put(store, "b", "1");
            crashed = crash("crashed");
        }
        try (EmbeddedStore store = EmbeddedStores.open(crashed)) {
            assertEquals(large, Words.get(store, "large"));
            assertEquals("1", Words.get(store, "b"));
        }
    }

    /// Crashes at random moments while writers, checkpoints and compaction run; copies are taken file by file, the index
    /// first, so the log is never older than the index.
    @Test
    void checkpointsTakenWhileWritingReplayToTheSameState() throws Exception {
        Map<String, String> expected = new ConcurrentSkipListMap<>();
        Path crashed = temp.resolve("crashed");
        try (EmbeddedStore store = EmbeddedStores.open(folder, new LocalDisk(), new PlainMetrics(),
                Duration.ofMillis(20)); var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int w = 0; w < 4; w++) {
                int writer = w;
                executor.submit(() -> {
                    Random random = new Random(writer);
                    for (int i = 0; i < 400; i++) {
                        String key = "w" + writer + "/" + random.nextInt(20);
                        if (random.nextInt(4) == 0) {
                            store.commit(Txn.of(Op.delete(Bytes.utf8(key))));
                            expected.remove(key);
                        } else {
                            Words.put(store, key, "" + i);
                            expected.put(key, "" + i);
                        }
                    }
                    return null;
                });
            }
            executor.shutdown();
            assertTrue(executor.awaitTermination(20, TimeUnit.SECONDS));
            Files.createDirectories(crashed.resolve("log"));
            Files.copy(folder.resolve("index.mv"), crashed.resolve("index.mv"));
            copy(folder.resolve("log"), crashed.resolve("log"));
        }
        try (EmbeddedStore store = EmbeddedStores.open(crashed)) {
            assertEquals(new TreeMap<>(expected), Words.all(store));
        }
    }

    @Test
    void powerFailureLosesNothingAcknowledged() throws Exception {
        Random random = new Random(42);
        for (int round = 0; round < 20; round++) {
            Path store = temp.resolve("round" + round);
            LossyDisk disk = new LossyDisk();
            Map<String, String> acknowledged = writeUntilPowerFails(store, disk, random);
            try (EmbeddedStore reopened = EmbeddedStores.open(store)) {
                TreeMap<String, String> found = Words.all(reopened);
                acknowledged.forEach((key, value) -> assertTrue(
                        found.containsKey(key) && Integer.parseInt(found.get(key)) >= Integer.parseInt(value),
                        () -> "acknowledged " + key + "=" + value + ", found " + found.get(key)));
            }
        }
    }

    private static Map<String, String> writeUntilPowerFails(Path folder, LossyDisk disk, Random random) throws Exception {
        Map<String, String> acknowledged = new ConcurrentSkipListMap<>();
        EmbeddedStore store = EmbeddedStores.open(folder, disk, new PlainMetrics());
        int writes = 20 + random.nextInt(100);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int w = 0; w < 4; w++) {
                String key = "w" + w;
                executor.submit(() -> {
                    for (int i = 0; i < 10_000; i++) {
                        Words.put(store, key, "" + i);
                        acknowledged.put(key, "" + i);
                    }
                    return null;
                });
            }
            Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1))
                    .until(() -> store.revision() > writes);
            disk.fail(random, random.nextDouble());
        }
        store.close();
        return acknowledged;
    }
}
