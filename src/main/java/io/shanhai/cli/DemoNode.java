package io.shanhai.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// The appliance of the demo: a process of its own, so that it can be killed for real.
final class DemoNode implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final int LOWEST_PORT = 20_000; // below the kernel's range for outgoing connections
    private static final int HIGHEST_PORT = 32_000;

    private final Path data;
    private final HttpClient http;
    private final int helidonPort;
    private final int nioPort;
    private final int adminPort;
    private final int etcdPort;
    private Process process;

    DemoNode(Path data, HttpClient http) throws IOException {
        this.data = data;
        this.http = http;
        List<Integer> ports = freePorts(4);
        helidonPort = ports.get(0);
        nioPort = ports.get(1);
        adminPort = ports.get(2);
        etcdPort = ports.get(3);
    }

    private static List<Integer> freePorts(int count) throws IOException {
        Random random = new Random();
        List<Integer> ports = new ArrayList<>();
        for (int attempt = 0; ports.size() < count && attempt < 1_000; attempt++) {
            int port = random.nextInt(LOWEST_PORT, HIGHEST_PORT);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        if (ports.size() < count) {
            throw new IOException("no free ports between " + LOWEST_PORT + " and " + HIGHEST_PORT);
        }
        return ports;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /// Starts the process and waits until it is ready.
    ///
    /// @return how long that took
    Duration start() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        ProcessBuilder builder = new ProcessBuilder(command()).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().put(Launcher.PARENT_PID, Long.toString(ProcessHandle.current().pid())); // it ends when we die
        process = builder.start();
        while (!isReady()) {
            if (!process.isAlive()) {
                throw new IOException("the appliance ended with exit code " + process.exitValue() + "; its log: " + log());
            }
            if (System.nanoTime() - begun > START_TIMEOUT.toNanos()) {
                throw new IOException("the appliance was not ready after " + START_TIMEOUT.toSeconds() + " s; its log: " + log());
            }
            Thread.sleep(10); // polling another process: there is nothing to wait on
        }
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), "io.shanhai.Main", "serve", "--data", data.toString(),
                        "--set", "gateway.address=127.0.0.1", "--set", "gateway.port=" + helidonPort, "--set",
                        "gateway.nio-port=" + nioPort,
                        "--set", "admin.port=" + adminPort, "--set", "etcd.client-port=" + etcdPort, "--set",
                        "trace.sample-rate=1.0"));
        return command;
    }

    private boolean isReady() throws InterruptedException {
        try {
            return get("/readyz").statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    Path log() {
        return data.resolveSibling("shanhai-demo.log");
    }

    /// `kill -9`: no shutdown hook, no flush, no goodbye.
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    long pid() {
        return process.pid();
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).GET().build(), BodyHandlers.ofString());
    }

    HttpResponse<String> put(String path, String json) throws IOException, InterruptedException {
        return http.send(request(path).header("content-type", "application/json").PUT(BodyPublishers.ofString(json)).build(),
                BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path) throws IOException, InterruptedException {
        return http.send(request(path).POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(admin() + path)).timeout(Duration.ofSeconds(5));
    }

    String admin() {
        return "http://127.0.0.1:" + adminPort;
    }

    String helidon() {
        return "http://127.0.0.1:" + helidonPort;
    }

    String nio() {
        return "http://127.0.0.1:" + nioPort;
    }

    /// SIGTERM, and SIGKILL for one that does not go.
    @Override
    public void close() {
        if (process == null || !process.isAlive()) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(25, TimeUnit.SECONDS)) { // it drains for 20 s at most
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
