package io.shanhai.store.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// A real etcd of one member on a folder that `etcdctl snapshot restore` made, asked through `etcdctl`.
final class RestoredEtcd implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LOWEST_PORT = 20_000; // below the kernel's range for outgoing connections
    private static final int HIGHEST_PORT = 32_000;

    private final String client = "http://127.0.0.1:" + freePort();
    private final Process process;

    /// @param folder for the log
    RestoredEtcd(Path folder, Path data) throws IOException {
        String peer = "http://127.0.0.1:" + freePort();
        process = process(folder.resolve("etcd.log"), "etcd", "--data-dir", data.toString(), "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer, "--logger", "zap", "--log-level", "warn");
        Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(100)).ignoreExceptions()
                .until(() -> ctl("get", "none").has("header"));
    }

    private static int freePort() throws IOException {
        while (true) {
            int port = new Random().nextInt(LOWEST_PORT, HIGHEST_PORT);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (IOException e) {
                if (port == HIGHEST_PORT) {
                    throw e;
                }
            }
        }
    }

    private static Process process(Path output, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCD")); // its settings may come from there
        builder.environment().put("ETCDCTL_API", "3");
        return builder.start();
    }

    /// What `etcdctl` says to this etcd, as JSON.
    JsonNode ctl(String... arguments) throws IOException, InterruptedException {
        return JSON.readTree(say(arguments));
    }

    /// The same as text, for commands that know no JSON.
    String say(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--endpoints", client, "-w", "json"));
        all.addAll(List.of(arguments));
        return run(all.toArray(String[]::new));
    }

    /// What `etcdctl` prints.
    static String run(String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("etcdctl", ".out");
        List<String> command = new ArrayList<>(List.of("etcdctl"));
        command.addAll(List.of(arguments));
        Process process = process(output, command.toArray(String[]::new));
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(output);
        Files.delete(output);
        if (!ended || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + text);
        }
        return text;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
