package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Twenty times: a child process writes and says what was acknowledged, is killed with SIGKILL at a random moment, and the
/// next one goes on in the same folder. At the end, and in between, nothing that was said is missing.
final class KillNineTest {

    private static final int ROUNDS = 20;
    private static final int MAX_LINES = 300; // a tenth of a second of writing, about

    @TempDir
    Path folder;

    @Test
    void nothingAcknowledgedIsLost() throws Exception {
        Random random = new Random();
        Map<String, Long> acknowledged = new HashMap<>();
        long revision = 1;
        for (int round = 0; round < ROUNDS; round++) {
            revision = Math.max(revision, writeAndKill(1 + random.nextInt(MAX_LINES), acknowledged));
            if (round % 5 == 4) {
                check(acknowledged, revision);
            }
        }
        assertTrue(acknowledged.size() > 10, "the children wrote nothing");
    }

    private long writeAndKill(int lines, Map<String, Long> acknowledged) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                List.of(ProcessHandle.current().info().command().orElseThrow(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                        "-Xmx128m", "-cp", System.getProperty("java.class.path"), KillNineWriter.class.getName(),
                        folder.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        long revision = 0;
        try (BufferedReader out = new BufferedReader(
                new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            for (int seen = 1; line != null; seen++) {
                String[] parts = line.split(" ");
                acknowledged.put(parts[1], Long.parseLong(parts[2]));
                revision = Math.max(revision, Long.parseLong(parts[2]));
                if (seen == lines) {
                    child.toHandle().destroyForcibly(); // SIGKILL; the pipe stays open and is read to its end
                }
                line = out.readLine();
            }
        }
        assertEquals(128 + 9, child.waitFor(), "the child ended by itself");
        return revision;
    }

    private void check(Map<String, Long> acknowledged, long revision) {
        try (EmbeddedStore store = EmbeddedStores.open(folder)) {
            assertTrue(store.revision() >= revision, store.revision() + " < " + revision);
            acknowledged.forEach((key, mod) -> {
                KeyValue found = store.range(RangeRequest.key(Bytes.utf8(key))).kvs().getFirst();
                assertTrue(found.modRevision() >= mod, () -> key + " at " + found.modRevision() + " (acknowledged " + mod + ")");
                assertEquals(1, store.range(RangeRequest.key(Bytes.utf8(key)).at(mod)).count());
            });
        }
    }
}
