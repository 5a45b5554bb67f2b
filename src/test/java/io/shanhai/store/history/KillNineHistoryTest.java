package io.shanhai.store.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store in a child process; the clients and watchers live here and survive what happens to it.
final class KillNineHistoryTest {

    private static final int KILLS = Integer.getInteger("history.kills", 5);
    private static final int MOST_OPERATIONS = 1_000; // of a life
    private static final int PAUSES = Integer.getInteger("history.pauses", 1);
    private static final long TTL_SECONDS = 2;

    @TempDir
    Path folder;

    private ChildSubject child;

    private ChildSubject start() throws IOException {
        child = ChildSubject.start(folder.resolve("store"), folder.resolve("socket"));
        return child;
    }

    @AfterEach
    void end() throws Exception {
        if (child != null) {
            child.signal("CONT"); // a stopped process does not hear that it is to end
            child.close();
        }
    }

    @Test
    void killedAtAnyMomentItLosesNothingAcknowledged() throws Exception {
        Random random = new Random();
        Trial trial = new Trial(random.nextLong(), 16, 8, 10);
        for (int kill = 0; kill < KILLS; kill++) {
            start();
            trial.begin(child);
            trial.awaitOperations(1 + random.nextInt(MOST_OPERATIONS));
            child.kill();
            trial.end();
        }
        Trial.Figures figures = trial.verify(start());
        System.out.println(KILLS + " kills: " + figures);
        assertTrue(figures.unknown() > 0, "no write was on its way when the child was killed: " + figures);
    }

    /// Stopped for longer than a lease lives: our own pause is no evidence that its holder is gone.
    @Test
    void stoppedAndContinuedItEndsNoLease() throws Exception {
        Trial trial = new Trial(System.nanoTime(), 8, 8, 10);
        start();
        trial.begin(child);
        long lease = trial.lease(child, "lease/held", TTL_SECONDS);
        for (int pause = 0; pause < PAUSES; pause++) {
            trial.awaitOperations(200);
            assertTrue(child.keepAlive(lease));
            child.signal("STOP");
            Thread.sleep(TTL_SECONDS * 1_000 + 1_000); // the pause itself: there is nothing to wait for
            child.signal("CONT");
            assertTrue(child.keepAlive(lease), "the lease ended while the store stood still");
            trial.awaitOperations(200);
        }
        assertTrue(child.keepAlive(lease));
        trial.end();
        Trial.Figures figures = trial.verify(child); // an end of the lease would be a revision that nobody wrote
        System.out.println(PAUSES + " pauses: " + figures);
        assertEquals(0, figures.unknown(), "a pause fails nobody");
    }
}
