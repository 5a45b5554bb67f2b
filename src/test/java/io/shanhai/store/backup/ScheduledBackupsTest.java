package io.shanhai.store.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.settings.DataSize;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScheduledBackupsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final PlainMetrics metrics = new PlainMetrics();

    private StoreSettings settings(Duration interval, Path backups) {
        StoreSettings defaults = StoreSettings.defaults();
        return new StoreSettings(defaults.segmentSize(), defaults.checkpointInterval(), defaults.historyRetention(),
                defaults.maxRequestSize(), defaults.minLeaseTtl(), new DataSize(4 << 20), defaults.quota(), interval,
                backups.toString(), 3);
    }

    private EmbeddedStore store() {
        EmbeddedStore store = new EmbeddedStore(folder.resolve("store"), StoreSettings.defaults(), metrics);
        store.start();
        return store;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void newestFewAreKeptAndWholeAndOthersFilesAreNotTouched() throws IOException {
        Path backups = Files.createDirectories(folder.resolve("backups"));
        Path foreign = Files.writeString(backups.resolve("my.backup"), "mine");
        try (EmbeddedStore store = store();
                ScheduledBackups schedule = new ScheduledBackups(settings(Duration.ofMillis(50), backups), folder, store,
                        InstantSource.system(), metrics)) {
            schedule.start();
            Awaitility.await().atMost(PATIENCE).until(() -> metrics.count("shanhai_store_backups_total") >= 6);
        }
        List<Path> files = files(backups);
        assertEquals(4, files.size(), files.toString());
        assertTrue(files.contains(foreign));
        assertEquals(1, EmbeddedStore.restore(files.getLast(), folder.resolve("restored"), (_, _) -> {}).revision());
    }

    @Test
    void failureIsToldAndPasses() throws IOException {
        Path backups = Files.writeString(folder.resolve("backups"), "a file where a folder should be");
        try (EmbeddedStore store = store();
                ScheduledBackups schedule = new ScheduledBackups(settings(Duration.ofMillis(50), backups), folder, store,
                        InstantSource.system(), metrics)) {
            schedule.start();
            Awaitility.await().atMost(PATIENCE).until(() -> schedule.problem().isPresent());
            String problem = schedule.problem().orElseThrow();
            assertTrue(problem.contains(backups.toString()) && problem.contains("store.backup-folder"), problem);
            assertTrue(schedule.last().isEmpty());
            Files.delete(backups);
            Awaitility.await().atMost(PATIENCE).until(() -> schedule.problem().isEmpty() && schedule.last().isPresent());
        }
    }

    @Test
    void backupOfAnEarlierProcessCounts() throws IOException {
        Path backups = Files.createDirectories(folder.resolve("backups"));
        try (EmbeddedStore store = store()) {
            Path earlier = backups.resolve("shanhai-20260101T000000.000Z.backup");
            BackupFile.keep(earlier, store::backup);
            Instant made = Files.getLastModifiedTime(earlier).toInstant();
            try (ScheduledBackups schedule = new ScheduledBackups(settings(Duration.ofDays(1), backups), folder, store,
                    InstantSource.system(), metrics)) {
                schedule.start();
                Awaitility.await().atMost(PATIENCE).until(() -> schedule.last().isPresent());
                assertEquals(made, schedule.last().orElseThrow());
            }
            assertEquals(List.of(earlier), files(backups));
        }
    }
}
