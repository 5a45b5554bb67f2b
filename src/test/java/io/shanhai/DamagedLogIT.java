package io.shanhai;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A log whose last commit is torn is cut and the start goes on; one that lost bytes it had synced stops the start.
class DamagedLogIT {

    private static final int LIMITS = 5;

    @TempDir
    Path folder;
    private Node node;
    private Path segment;
    /// End of the log after each write.
    private final List<Integer> ends = new ArrayList<>();

    @BeforeEach
    void killAfterSomeWrites() throws Exception {
        // No checkpoint: what is read after the restart has been read from the log.
        node = new Node(folder, folder.resolve("data")).with("store.checkpoint-interval", "10m").with("log.format", "text");
        node.start();
        segment = onlySegment();
        for (int i = 0; i < LIMITS; i++) {
            node.put("/v1/limits/l" + i, "{\"algorithm\":\"sliding-window\",\"limit\":" + (i + 1) + ",\"window\":\"1s\"}");
            ends.add(end());
        }
        node.process().kill();
    }

    @AfterEach
    void endWhatIsLeft() {
        node.close();
    }

    @Test
    void garbageBehindTheLastCommitIsCutAndToldOf() throws Exception {
        byte[] log = Files.readAllBytes(segment);
        byte[] half = new byte[(ends.getLast() - ends.get(LIMITS - 2)) / 2]; // a commit that was on its way when power failed
        System.arraycopy(log, ends.get(LIMITS - 2), half, 0, half.length);
        write(ends.getLast(), half);
        JarProcess restarted = node.start();
        assertEquals(LIMITS, limits().size(), "everything acknowledged is there");
        assertTrue(restarted.errors().contains("WARN"), restarted::errors);
        assertTrue(restarted.errors().contains(segment + ": a torn commit"), restarted::errors);
        assertTrue(restarted.errors().contains("at byte " + ends.getLast()), restarted::errors);
        assertEquals(1, node.put("/v1/limits/after", "{\"algorithm\":\"sliding-window\",\"limit\":1,\"window\":\"1s\"}")
                .path("revision").longValue() - node.get("/v1/limits/l" + (LIMITS - 1)).path("revision").longValue());
    }

    @Test
    void aLogThatEndsWithinItsLastCommitKeepsTheOthers() throws Exception {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.truncate(ends.getLast() - 12);
        }
        JarProcess restarted = node.start();
        JsonNode limits = limits();
        assertEquals(LIMITS - 1, limits.size(), limits::toString);
        assertTrue(restarted.errors().contains("torn commit"), restarted::errors);
        node.process().kill();
        assertFalse(node.start().errors().contains("torn commit"), "cut once and for all");
        assertEquals(LIMITS - 1, limits().size());
    }

    @Test
    void aDamagedByteWithinTheLogStopsTheStart() throws Exception {
        int at = (ends.get(1) + ends.get(2)) / 2;
        byte[] log = Files.readAllBytes(segment);
        write(at, new byte[]{(byte) (log[at] ^ 1)});
        byte[] damaged = Files.readAllBytes(segment);
        JarProcess refused = node.launch();
        assertEquals(1, refused.exitCode());
        String errors = refused.errors();
        assertAll(() -> assertTrue(errors.contains(segment + " is damaged at byte " + ends.get(1)), errors),
                () -> assertTrue(errors.contains("backup"), errors),
                () -> assertTrue(errors.contains("truncate -s " + ends.get(1)), errors),
                () -> assertEquals(1, errors.lines().filter(line -> line.startsWith("shanhai: store: ")).count(), errors),
                () -> assertFalse(errors.contains("\tat "), "a stack trace: " + errors));
        assertEquals(ByteBuffer.wrap(damaged), ByteBuffer.wrap(Files.readAllBytes(segment)), "left as it was");
    }

    /// The way out that the refusal names, taken to the letter.
    @Test
    void theNamedRemedyBringsBackWhatStandsBeforeTheDamage() throws Exception {
        write((ends.get(1) + ends.get(2)) / 2, new byte[]{-1, -1, -1, -1});
        JarProcess refused = node.launch();
        assertEquals(1, refused.exitCode());
        String errors = refused.errors();
        int from = errors.indexOf("truncate -s");
        String remedy = errors.substring(from, errors.indexOf(',', from));
        assertEquals(0, new ProcessBuilder("sh", "-c", remedy).inheritIO().start().waitFor(), remedy);
        node.start();
        assertEquals(2, limits().size());
    }

    private JsonNode limits() throws Exception {
        return node.get("/v1/limits").path("limits");
    }

    private Path onlySegment() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/store/log"))) {
            List<Path> segments = files.filter(file -> file.toString().endsWith(".log")).toList();
            assertEquals(1, segments.size(), segments::toString);
            return segments.getFirst();
        }
    }

    /// Behind the last byte that is not zero, rounded up as frames are.
    private int end() throws IOException {
        byte[] log = Files.readAllBytes(segment);
        int end = log.length;
        while (log[end - 1] == 0) {
            end--;
        }
        return Math.ceilDiv(end, Long.BYTES) * Long.BYTES;
    }

    private void write(int at, byte[] bytes) throws IOException {
        try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(bytes), at);
        }
    }
}
