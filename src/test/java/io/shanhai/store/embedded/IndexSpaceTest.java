package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.Bytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store whose keys are written over and over, and whose history is compacted, does not grow.
final class IndexSpaceTest {

    private static final int KEYS = 100;
    private static final int ROUNDS = 300;
    private static final Bytes VALUE = Bytes.utf8("x".repeat(2_000));

    @TempDir
    Path folder;

    @Test
    void fileStaysSmallUnderManyOverwrites() {
        try (Index index = Index.open(folder.resolve("index.mv").toString(), 4 << 20, 0)) {
            long largest = 0;
            long dropFrom = 1;
            for (int round = 1; round <= ROUNDS; round++) {
                long revision = round + 1L;
                List<Effect> effects = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    effects.add(new Effect.Put(Bytes.utf8("key" + (round * 20 + i) % KEYS),
                            new Cell.Version(1, revision, 1, 0, 0, VALUE)));
                }
                effects.add(new Effect.Compact(revision));
                index.apply(round, revision, List.of(new Commit(revision, effects)));
                dropFrom = index.dropHistory(dropFrom, revision, 256);
                index.checkpoint();
                index.reclaim();
                largest = Math.max(largest, index.fileBytes());
            }
            long live = (long) KEYS * VALUE.length();
            assertTrue(largest < 20 * live, largest + " bytes for " + live); // written: 120 times as much
            try (View view = index.view()) {
                int[] keys = {0};
                view.scan(Bytes.EMPTY, null, (_, version) -> {
                    assertEquals(VALUE, version.value());
                    keys[0]++;
                    return true;
                });
                assertEquals(KEYS, keys[0]);
            }
        }
    }
}
