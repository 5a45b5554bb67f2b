package io.shanhai.etcdwire;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real etcd process on free ports: what the door is compared with.
final class RealEtcd implements AutoCloseable {

    private final int port;
    private final Path log;
    private final Process process;

    RealEtcd(Path folder) throws IOException {
        this(folder, folder.resolve("etcd-data"));
    }

    /// @param data may hold what a snapshot was restored to
    RealEtcd(Path folder, Path data, String... more) throws IOException {
        Files.createDirectories(folder);
        port = FreePorts.next();
        log = folder.resolve("etcd.log");
        String peer = "http://127.0.0.1:" + FreePorts.next();
        List<String> command = new ArrayList<>(List.of("etcd", "--data-dir", data.toString(), "--listen-client-urls", endpoint(),
                "--advertise-client-urls", endpoint(), "--listen-peer-urls", peer));
        if (more.length == 0) {
            command.addAll(List.of("--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer));
        }
        command.addAll(List.of(more));
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        await().atMost(Duration.ofSeconds(30)).until(() -> !process.isAlive() || isHealthy());
        assertTrue(process.isAlive(), () -> "etcd ended; its log: " + log);
    }

    private boolean isHealthy() throws InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(URI.create(endpoint() + "/health")).timeout(Duration.ofSeconds(1)).build(),
                    BodyHandlers.ofString()).body().contains("true");
        } catch (IOException e) {
            return false; // not yet
        }
    }

    String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
