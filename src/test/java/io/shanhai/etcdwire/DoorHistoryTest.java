package io.shanhai.etcdwire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.etcd.EtcdStoreSettings;
import io.shanhai.store.etcd.EtcdStores;
import io.shanhai.store.history.StoreSubject;
import io.shanhai.store.history.Subject;
import io.shanhai.store.history.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The store's promises as a client of the etcd door sees them: the same trial, every call and every watch over gRPC, with a
/// restart of door and store in between.
final class DoorHistoryTest {

    private static final int LIVES = Integer.getInteger("history.door-lives", 2);
    private static final int OPERATIONS = Integer.getInteger("history.operations", 1_000); // of each life

    @TempDir
    Path folder;

    @Test
    void clientsAndWatchersOfTheDoorSeeOneRegisterAKey() throws Exception {
        Trial trial = new Trial(System.nanoTime(), 16, 8, 10);
        for (int life = 0; life < LIVES; life++) {
            try (TestDoor door = new TestDoor(folder.resolve("door")); Subject subject = client(door, "client-" + life)) {
                trial.begin(subject);
                trial.awaitOperations(OPERATIONS);
                trial.end();
            }
        }
        try (TestDoor door = new TestDoor(folder.resolve("door")); Subject subject = client(door, "client")) {
            Trial.Figures figures = trial.verify(subject);
            System.out.println("through the etcd door: " + figures);
            assertTrue(figures.revisions() > OPERATIONS / 4, figures.toString());
        }
    }

    /// A client with a folder of its own: it keeps there which cluster it has met.
    private Subject client(TestDoor door, String name) throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        return new StoreSubject(EtcdStores.open(own, EtcdStoreSettings.of(List.of(door.endpoint()))));
    }
}
