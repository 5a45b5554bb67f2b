package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.history.StoreSubject;
import io.shanhai.store.history.Subject;
import io.shanhai.store.history.Trial;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// The trial over disks that forget and disks that fill.
final class PowerFailureHistoryTest {

    private static final int FAILURES = Integer.getInteger("history.power-failures", 8);
    private static final int FILLINGS = Integer.getInteger("history.disk-fillings", 2);
    private static final int MOST_OPERATIONS = 500; // of a life
    private static final Duration CHECKPOINTS = Duration.ofMillis(50); // some lives have many, some have none

    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.shanhai.store");

    @TempDir
    Path folder;

    @BeforeAll
    static void expectErrors() {
        LOG.setLevel(Level.OFF); // each failure is told with its stack
    }

    @AfterAll
    static void tellErrors() {
        LOG.setLevel(null);
    }

    @Test
    void whatWasNotSyncedIsLostAndNothingAcknowledgedIs() throws Exception {
        Random random = new Random();
        Trial trial = new Trial(random.nextLong(), 16, 8, 10);
        for (int failure = 0; failure < FAILURES; failure++) {
            LossyDisk disk = new LossyDisk();
            try (Subject subject = open(disk)) {
                trial.begin(subject);
                trial.awaitOperations(1 + random.nextInt(MOST_OPERATIONS));
                disk.fail(random, failure % 3 * 0.5); // nothing of the unsynced stays, half of it, all
                trial.end();
            }
        }
        try (Subject subject = open(new LocalDisk())) {
            Trial.Figures figures = trial.verify(subject);
            System.out.println(FAILURES + " power failures: " + figures);
            assertTrue(figures.unknown() > 0, "no write was on its way when the power went: " + figures);
        }
    }

    @Test
    void fullDiskRefusesAndWhatItRefusedNeverAppears() throws Exception {
        Random random = new Random();
        Trial trial = new Trial(random.nextLong(), 16, 8, 10);
        for (int filling = 0; filling < FILLINGS; filling++) {
            TestDisk disk = new TestDisk();
            try (Subject subject = open(disk)) {
                trial.begin(subject);
                trial.awaitOperations(1 + random.nextInt(MOST_OPERATIONS));
                long refused = trial.refused();
                if (filling % 2 == 0) {
                    disk.fullInFile = true; // half of a batch is written, and taken back
                } else {
                    disk.usable = 0;
                }
                trial.awaitRefused(refused + 1);
                trial.awaitOperations(50); // reads go on
                disk.usable = Long.MAX_VALUE;
                trial.awaitOperations(500); // writes go on by themselves
                trial.end();
            }
        }
        try (Subject subject = open(new LocalDisk())) {
            System.out.println(FILLINGS + " full disks: " + trial.verify(subject));
        }
    }

    private Subject open(Disk disk) {
        return new StoreSubject(EmbeddedStores.open(folder, disk, new PlainMetrics(), CHECKPOINTS));
    }
}
