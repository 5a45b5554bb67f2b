package io.shanhai.store.history;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.embedded.EmbeddedStores;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients and watchers of one process, over orderly restarts.
final class InProcessHistoryTest {

    private static final int LIVES = Integer.getInteger("history.lives", 3);
    private static final int OPERATIONS = Integer.getInteger("history.operations", 2_000); // of each life

    @TempDir
    Path folder;

    @Test
    void aStoreThatIsStoppedAndStartedIsOneRegisterAKey() throws Exception {
        Trial trial = new Trial(System.nanoTime(), 16, 8, 10);
        for (int life = 0; life < LIVES; life++) {
            try (Subject subject = open()) {
                trial.begin(subject);
                trial.awaitOperations(OPERATIONS);
                trial.end();
            }
        }
        try (Subject subject = open()) {
            Trial.Figures figures = trial.verify(subject);
            System.out.println("orderly restarts: " + figures);
            assertTrue(figures.operations() >= LIVES * OPERATIONS && figures.revisions() > OPERATIONS, figures.toString());
        }
    }

    private Subject open() {
        return new StoreSubject(EmbeddedStores.open(folder, Duration.ofMillis(100)));
    }
}
