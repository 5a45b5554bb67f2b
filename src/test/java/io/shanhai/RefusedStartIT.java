package io.shanhai;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Starts that must not happen: the exit code, and the one line that tells the operator what to do.
class RefusedStartIT {

    @TempDir
    Path folder;
    private Node node;

    @BeforeEach
    void prepare() throws Exception {
        node = new Node(folder, folder.resolve("data")).with("log.format", "text");
    }

    @AfterEach
    void end() {
        node.close();
    }

    @Test
    void aSecondProcessOnTheSameDataNamesFolderAndHolder() throws Exception {
        JarProcess first = node.start();
        try (Node second = new Node(folder, folder.resolve("data"))) {
            JarProcess refused = second.launch();
            assertEquals(1, refused.exitCode());
            String line = theOneLine(refused);
            assertTrue(line.contains(folder.resolve("data") + " is in use by process " + first.pid()), line);
            assertTrue(line.contains("--data"), line);
        }
        assertEquals(200, node.admin("GET", "/readyz", "").statusCode(), "the first goes on");
    }

    @Test
    void dataOfANewerFormatIsNotGuessedAt() throws Exception {
        node.start();
        node.process().kill();
        Path format = folder.resolve("data").resolve("format");
        assertEquals("2", Files.readString(format).strip());
        Files.writeString(format, "7\n");
        JarProcess refused = node.launch();
        assertEquals(1, refused.exitCode());
        String line = theOneLine(refused);
        assertTrue(line.contains("has format 7") && line.contains("knows formats up to 2"), line);
        assertEquals("7", Files.readString(format).strip(), "left as it was");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway.port", "gateway.nio-port", "admin.port", "etcd.client-port"})
    void aPortInUseIsNamedWithItsSettingAndAWayOut(String setting) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            JarProcess refused = node.with(setting, port).launch();
            assertEquals(1, refused.exitCode());
            String line = theOneLine(refused);
            assertAll(() -> assertTrue(line.contains(":" + port + ": Address already in use"), line),
                    () -> assertTrue(line.contains(setting), line),
                    () -> assertTrue(line.contains("--offset 100"), line));
        }
        assertEquals(0, folder.resolve("data").toFile().list((_, name) -> name.endsWith(".new")).length, "nothing half made");
    }

    @Test
    void everyMistakeInTheSettingsIsToldAtOnceWithItsPlace() throws Exception {
        Path config = Files.writeString(folder.resolve("s.yaml"), """
                gateway:
                  prot: 80
                  idle-timeout: soon
                store:
                  segment-size: 12
                limits: {}
                """);
        JarProcess refused = JarProcess.start(folder,
                JarProcess.jar("serve", "--config", config.toString(), "--data", folder.resolve("data").toString()));
        try (refused) {
            assertEquals(2, refused.exitCode());
        }
        String all = refused.errors();
        assertEquals(5, all.lines().count(), all);
        assertAll(
                () -> assertTrue(all.contains(config + ":2:3: unknown key \"gateway.prot\" (did you mean \"gateway.port\"?)"),
                        all),
                () -> assertTrue(all.contains(config + ":3:17: gateway.idle-timeout is \"soon\" (expected: "), all),
                () -> assertTrue(all.contains(config + ":5:17: store.segment-size is \"12\" (expected: "), all),
                () -> assertTrue(all.contains(config + ":6:1: unknown section \"limits\""), all),
                () -> assertTrue(all.contains("4 problem(s)") && all.contains("shanhai check"), all));
        assertFalse(Files.exists(folder.resolve("data")), "nothing was started");
    }

    /// What an operator sees of a start that failed: log lines perhaps, then one line of the command, never a stack trace.
    private static String theOneLine(JarProcess refused) {
        List<String> lines = refused.errors().lines().filter(line -> line.startsWith("shanhai: ")).toList();
        assertEquals(1, lines.size(), refused::errors);
        assertFalse(refused.errors().contains("\tat "), () -> "a stack trace: " + refused.errors());
        assertTrue(refused.errors().strip().endsWith(lines.getFirst()), () -> "not the last line: " + refused.errors());
        return lines.getFirst();
    }
}
