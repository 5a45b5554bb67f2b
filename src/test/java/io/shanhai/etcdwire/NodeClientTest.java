package io.shanhai.etcdwire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The npm client etcd3, unmodified: keys, watches, leases, locks, software transactions and elections, which it makes of
/// transactions and watches by itself. What it does is in `src/test/node`.
class NodeClientTest {

    private static final Path SOURCES = Path.of("src", "test", "node");
    private static final Path INSTALLED = Path.of("target", "node"); // kept between runs: installing takes longer than the test

    @TempDir
    Path folder;

    @Test
    void etcd3DoesWhatItDoesWithEtcd() throws Exception {
        install();
        try (TestDoor door = new TestDoor(folder.resolve("door"))) {
            String said = run(60, List.of("node", "client.cjs", door.endpoint()));
            assertEquals(List.of("keys", "watches", "leases", "locks", "transactions", "elections", "done"),
                    said.lines().toList());
        }
    }

    private void install() throws Exception {
        Files.createDirectories(INSTALLED);
        Path lock = INSTALLED.resolve("package-lock.json");
        boolean same = Files.exists(INSTALLED.resolve("node_modules")) && Files.exists(lock)
                && Files.mismatch(lock, SOURCES.resolve("package-lock.json")) < 0;
        for (String file : List.of("package.json", "package-lock.json", "client.cjs")) {
            Files.copy(SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!same) {
            run(180, List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"));
        }
    }

    /// @return what it wrote to its standard output
    private String run(int patienceSeconds, List<String> command) throws Exception {
        Path out = Files.createTempFile(folder, "node", ".out");
        Path err = Files.createTempFile(folder, "node", ".err");
        Process process;
        try {
            process = new ProcessBuilder(command).directory(INSTALLED.toFile()).redirectOutput(out.toFile())
                    .redirectError(err.toFile()).start();
        } catch (IOException e) {
            throw new AssertionError(command.getFirst() + " does not start (expected: Debian's nodejs and npm are installed)", e);
        }
        try {
            assertTrue(process.waitFor(patienceSeconds, TimeUnit.SECONDS),
                    () -> String.join(" ", command) + " does not end; so far: " + text(out) + text(err));
        } finally {
            process.destroyForcibly();
        }
        assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ": " + text(out) + text(err));
        return text(out);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
