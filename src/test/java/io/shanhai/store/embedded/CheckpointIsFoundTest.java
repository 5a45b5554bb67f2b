package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What [Index#checkpoint()] stands on: a commit that has returned is what the file shows when it is opened again without
/// a close. H2 2.5.252 does not hold it: a commit written into a hole of the file leaves the file's header with the
/// commit before, which is then what a start after `kill -9` finds, while the log was deleted up to the newer one.
final class CheckpointIsFoundTest {

    private static final int COMMITS = 150; // with 2.5.252 the tenth is not found

    @TempDir
    Path folder;

    @Test
    void everyCommitIsFoundAgainWithoutAClose() throws IOException {
        Path file = folder.resolve("index.mv");
        Path copy = folder.resolve("after-kill.mv");
        Random random = new Random(7);
        int holes = 0;
        try (MVStore store = open(file)) {
            store.setRetentionTime(0); // holes at once; by default they come after 45 s
            MVMap<Integer, byte[]> map = store.openMap("store");
            long length = 0;
            for (int commit = 1; commit <= COMMITS; commit++) {
                for (int i = 0; i < 20; i++) {
                    map.put(1 + random.nextInt(500), new byte[random.nextInt(400)]);
                }
                map.put(0, new byte[commit]);
                store.commit();
                holes += Files.size(file) <= length ? 1 : 0;
                length = Files.size(file);
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                assertEquals(commit, lastCommit(copy), "the last commit a start would find");
            }
        }
        assertTrue(holes > COMMITS / 4, "most commits went to the end of the file: " + holes);
    }

    private static int lastCommit(Path file) {
        MVStore store = open(file);
        try {
            return store.<Integer, byte[]>openMap("store").get(0).length;
        } finally {
            store.closeImmediately();
        }
    }

    private static MVStore open(Path file) {
        return new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().autoCommitBufferSize(0).open();
    }
}
