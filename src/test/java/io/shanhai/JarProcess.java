package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A process of the packaged jar, or of what runs it. Its two outputs go to files, so that it never waits for a reader.
final class JarProcess implements AutoCloseable {

    static final Path JAR = Path.of(System.getProperty("shanhai.jar", "target/shanhai.jar")).toAbsolutePath();
    static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    static final Duration PATIENCE = Duration.ofSeconds(60); // a busy machine starts a JVM in seconds

    private final Process process;
    private final Path output;
    private final Path errors;

    private JarProcess(Process process, Path output, Path errors) {
        this.process = process;
        this.output = output;
        this.errors = errors;
    }

    /// The jar on the Java that runs the tests.
    static List<String> jar(String... args) {
        List<String> command = new ArrayList<>(List.of(JAVA.toString(), "-jar", JAR.toString()));
        command.addAll(List.of(args));
        return command;
    }

    static JarProcess start(Path folder, List<String> command) throws IOException {
        return start(builder(folder, command));
    }

    /// Nothing of the environment the tests run in gets through to the appliance.
    static ProcessBuilder builder(Path folder, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SHANHAI_") || name.equals("JAVA_HOME"));
        builder.environment().put("SHANHAI_CACHE", folder.resolve("cache").toString()); // not one a developer left beside the jar
        return builder;
    }

    static JarProcess start(ProcessBuilder builder) throws IOException {
        Path folder = builder.directory().toPath();
        Path output = Files.createTempFile(folder, "process", ".out");
        Path errors = Files.createTempFile(folder, "process", ".err");
        return new JarProcess(builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start(), output, errors);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// What it has written to its standard output so far.
    String output() {
        return text(output);
    }

    /// What it has written to its standard error so far.
    String errors() {
        return text(errors);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitOutput(String text) {
        await().atMost(PATIENCE).until(() -> output().contains(text) || !isAlive());
        assertTrue(output().contains(text), () -> "it ended without saying \"" + text + "\": " + errors());
    }

    void awaitError(String text) {
        await().atMost(PATIENCE).until(() -> errors().contains(text) || !isAlive());
        assertTrue(errors().contains(text), () -> "it ended without saying \"" + text + "\": " + errors());
    }

    /// Waits for the end.
    int exitCode() throws InterruptedException {
        return exitCode(PATIENCE);
    }

    int exitCode(Duration patience) throws InterruptedException {
        assertTrue(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS), () -> "still running: " + errors());
        return process.exitValue();
    }

    /// @param name such as `TERM`
    void signal(String name) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder("sh", "-c", "kill -s " + name + " " + pid()).start().waitFor());
    }

    /// `kill -9`, and waits until the process is gone.
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
