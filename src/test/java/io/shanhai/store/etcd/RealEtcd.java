package io.shanhai.store.etcd;

import io.shanhai.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A real etcd, of one member if nothing else is said, in a process of its own, on free loopback ports below 32768, that can be stopped, killed,
/// suspended and started again on the same ports and data. Its short election makes it ready within 0.1 s and lets
/// leases be as short as one second. Its data lie in memory where the system has a place for that: fsync costs nothing.
public final class RealEtcd implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int START_ATTEMPTS = 5; // a port may be taken between our look and etcd's bind
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Path folder;
    private final String scheme;
    private final List<String> flags;
    private int clientPort;
    private int peerPort;
    private int metricsPort;
    private Process process;

    private String name = "default";
    private String cluster = "";

    private RealEtcd(String scheme, List<String> flags) throws IOException {
        this.folder = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "etcd")
                : Files.createTempDirectory("etcd");
        this.scheme = scheme;
        this.flags = flags;
    }

    /// A fresh one that answers when this returns.
    ///
    /// @param flags further ones of etcd's command line
    public static RealEtcd start(String... flags) throws IOException, InterruptedException {
        return start("http", flags);
    }

    /// A fresh one whose client port speaks TLS.
    ///
    /// @param flags among them `--cert-file` and `--key-file`
    public static RealEtcd startTls(String... flags) throws IOException, InterruptedException {
        return start("https", flags);
    }

    private static RealEtcd start(String scheme, String... flags) throws IOException, InterruptedException {
        RealEtcd etcd = new RealEtcd(scheme, List.of(flags));
        for (int attempt = 1;; attempt++) {
            etcd.takePorts();
            try {
                etcd.restart();
                return etcd;
            } catch (IOException e) {
                etcd.kill();
                if (attempt == START_ATTEMPTS) {
                    etcd.close();
                    throw e;
                }
                deleteAll(etcd.data());
            }
        }
    }

    /// A fresh cluster that has a leader when this returns. Close each of them.
    public static List<RealEtcd> startCluster(int members) throws IOException, InterruptedException {
        List<RealEtcd> cluster = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            RealEtcd member = new RealEtcd("http", List.of());
            member.name = "m" + i;
            member.takePorts();
            cluster.add(member);
        }
        String all = String.join(",", cluster.stream().map(member -> member.name + "=" + member.peer()).toList());
        for (RealEtcd member : cluster) {
            member.cluster = all;
            member.launch();
        }
        for (RealEtcd member : cluster) {
            member.awaitHealth();
        }
        return cluster;
    }

    private void takePorts() throws IOException {
        clientPort = FreePorts.next();
        peerPort = FreePorts.next();
        metricsPort = FreePorts.next();
    }

    /// Starts it (again) on the same ports and data, and waits until it answers.
    public void restart() throws IOException, InterruptedException {
        launch();
        awaitHealth();
    }

    private void awaitHealth() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isHealthy()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("etcd does not start: " + Files.readString(log()));
            }
            Thread.sleep(5); // another process: nothing to be told by
        }
    }

    /// Starts it (again) without waiting.
    public void launch() throws IOException {
        List<String> command = new ArrayList<>(List.of("etcd", "--name", name, "--data-dir", data().toString(),
                "--listen-client-urls", endpoint(), "--advertise-client-urls", endpoint(),
                "--listen-peer-urls", peer(), "--initial-advertise-peer-urls", peer(),
                "--initial-cluster", cluster.isEmpty() ? name + "=" + peer() : cluster, "--listen-metrics-urls", metrics(),
                "--heartbeat-interval", "10", "--election-timeout", "50", "--logger", "zap", "--log-level", "warn"));
        command.addAll(flags);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log().toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCD")); // its settings may come from there
        process = builder.start();
        Process started = process;
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly)); // a test run that is cut off
    }

    private boolean isHealthy() throws InterruptedException {
        try {
            return HTTP.send(HttpRequest.newBuilder(URI.create(metrics() + "/health")).timeout(Duration.ofSeconds(2)).build(),
                    BodyHandlers.ofString()).statusCode() == 200;
        } catch (IOException _) {
            return false;
        }
    }

    /// Where clients connect: `http://127.0.0.1:port`, or `https`.
    public String endpoint() {
        return scheme + "://127.0.0.1:" + clientPort;
    }

    public List<String> endpoints() {
        return List.of(endpoint());
    }

    public int clientPort() {
        return clientPort;
    }

    private String peer() {
        return "http://127.0.0.1:" + peerPort;
    }

    private String metrics() {
        return "http://127.0.0.1:" + metricsPort;
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path log() {
        return folder.resolve("log");
    }

    /// `kill -9`, and waits until the process is gone.
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// Ends it in order.
    public void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
        }
    }

    /// It neither answers nor closes connections until [#resume()].
    public void suspend() throws IOException, InterruptedException {
        signal("STOP");
    }

    public void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", "kill -s " + name + " " + process.pid()).start().waitFor();
    }

    /// Forgets everything it holds; it must not run.
    public void wipe() throws IOException {
        deleteAll(data());
    }

    /// Runs etcdctl (API 3) against it.
    ///
    /// @return what it prints, without the last line feed
    /// @throws IOException when its exit code is not 0
    public String etcdctl(String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("etcdctl", "--endpoints", endpoint()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCDCTL"));
        builder.environment().put("ETCDCTL_API", "3");
        Process ctl = builder.start();
        ctl.getOutputStream().close();
        String output = new String(ctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (ctl.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    private static void deleteAll(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /// Kills it and deletes what it wrote.
    @Override
    public void close() {
        try {
            if (process != null) {
                kill();
            }
            deleteAll(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
