package io.shanhai.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {

    @TempDir
    Path parent;

    @Test
    void keepsItsNodeIdOverRestarts() throws IOException {
        String first;
        try (DataFolder folder = DataFolder.open(parent.resolve("a/b"))) {
            first = folder.nodeId();
            assertTrue(first.matches("n-[0-9a-f]{12}"), first);
            assertEquals("rwxr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.path())));
        }
        try (DataFolder folder = DataFolder.open(parent.resolve("a/b"))) {
            assertEquals(first, folder.nodeId());
        }
    }

    @Test
    void refusesAFolderThatIsHeldAndNamesTheHolder() {
        Path path = parent.resolve("data");
        try (DataFolder held = DataFolder.open(path)) {
            String message = refusal(path);
            assertTrue(message.contains(held.path().toString()), message);
            assertTrue(message.contains("in use by process " + ProcessHandle.current().pid()), message);
            assertTrue(message.contains("--data DIR"), message);
        }
        DataFolder.open(path).close();
    }

    @Test
    void refusesANewerFormatWithBothNumbersAndTouchesNothing() throws IOException {
        Path path = parent.resolve("data");
        DataFolder.open(path).close();
        Files.writeString(path.resolve("format"), "7\n");
        String message = refusal(path);
        assertTrue(message.contains("has format 7"), message);
        assertTrue(message.contains("up to " + DataFolder.FORMAT), message);
        assertEquals("7\n", Files.readString(path.resolve("format")));
    }

    @Test
    void refusesAFormatThatItDoesNotReadAnyMore() throws IOException {
        Path path = parent.resolve("data");
        DataFolder.open(path).close();
        Files.writeString(path.resolve("format"), "1\n");
        String message = refusal(path);
        assertTrue(message.contains("has format 1") && message.contains("expected: format " + DataFolder.FORMAT), message);
        assertEquals("1\n", Files.readString(path.resolve("format")));
    }

    @Test
    void refusesADamagedFormatOrNodeId() throws IOException {
        Path path = parent.resolve("data");
        DataFolder.open(path).close();
        Files.writeString(path.resolve("node-id"), "");
        assertTrue(refusal(path).contains("node-id"));
        Files.writeString(path.resolve("format"), "x");
        assertTrue(refusal(path).contains("expected: a format number"));
    }

    @Test
    void refusesAFolderOfSomethingElseWithoutLeavingATrace() throws IOException {
        Files.writeString(parent.resolve("letter.txt"), "dear");
        assertTrue(refusal(parent).contains("not Shanhai's"));
        assertFalse(Files.exists(parent.resolve("lock")));
    }

    @Test
    void opensAFolderWhoseFirstStartDiedHalfway() throws IOException {
        Files.writeString(parent.resolve("lock"), "123");
        Files.writeString(parent.resolve("format.new"), "");
        try (DataFolder folder = DataFolder.open(parent)) {
            assertEquals(DataFolder.FORMAT + "\n", Files.readString(folder.path().resolve("format")));
        }
    }

    @Test
    void saysWhenThePathIsAFile() throws IOException {
        Path file = Files.writeString(parent.resolve("f"), "");
        assertTrue(refusal(file).contains("cannot be used"));
    }

    private static String refusal(Path path) {
        return assertThrows(StartException.class, () -> DataFolder.open(path).close()).getMessage();
    }
}
