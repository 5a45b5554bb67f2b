package io.shanhai.etcdwire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs the real etcdctl against one endpoint.
final class Etcdctl {

    private final String endpoint;
    private final Path folder;

    /// @param folder for its outputs
    Etcdctl(String endpoint, Path folder) {
        this.endpoint = endpoint;
        this.folder = folder;
    }

    record Outcome(int exitCode, String out, String err) {}

    /// Runs to its end, which must come within 20 s.
    Outcome run(String... args) {
        return runWith("", args);
    }

    /// @param input its standard input
    Outcome runWith(String input, String... args) {
        Running running = start(input, args);
        try {
            if (!running.process.waitFor(20, TimeUnit.SECONDS)) {
                running.process.destroyForcibly();
                throw new AssertionError("etcdctl " + String.join(" ", args) + " does not end; so far: " + running.out());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return new Outcome(running.process.exitValue(), running.out(), running.err());
    }

    /// One that goes on until it is closed.
    Running start(String input, String... args) {
        try {
            List<String> command = new ArrayList<>(List.of("etcdctl", "--endpoints", endpoint));
            command.addAll(List.of(args));
            Path in = Files.writeString(Files.createTempFile(folder, "ctl", ".in"), input);
            Path out = Files.createTempFile(folder, "ctl", ".out");
            Path err = Files.createTempFile(folder, "ctl", ".err");
            ProcessBuilder builder = new ProcessBuilder(command).redirectInput(in.toFile()).redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().put("ETCDCTL_API", "3");
            return new Running(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException("etcdctl does not start (expected: Debian's etcd-client is installed)", e);
        }
    }

    record Running(Process process, Path outFile, Path errFile) implements AutoCloseable {

        String out() {
            return text(outFile);
        }

        String err() {
            return text(errFile);
        }

        private static String text(Path file) {
            try {
                return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
