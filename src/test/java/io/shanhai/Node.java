package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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

/// An appliance in a process of its own that can end and start again on the same data and ports.
final class Node implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path folder;
    private final Path data;
    private final int helidonPort = freePort();
    private final int nioPort = freePort();
    private final int adminPort = freePort();
    private final int etcdPort = freePort();
    private final List<String> settings = new ArrayList<>();
    private List<String> prefix = List.of();
    private JarProcess process;

    /// @param folder for the outputs
    Node(Path folder, Path data) throws IOException {
        this.folder = folder;
        this.data = data;
        with("gateway.address", "127.0.0.1").with("gateway.port", helidonPort).with("gateway.nio-port", nioPort)
                .with("admin.port", adminPort).with("etcd.client-port", etcdPort);
    }

    static int freePort() throws IOException {
        return FreePorts.next();
    }

    static boolean isFree(int port) {
        return FreePorts.isFree(port);
    }

    /// A setting for the starts to come.
    Node with(String key, Object value) {
        settings.addAll(List.of("--set", key + "=" + value));
        return this;
    }

    /// What stands before the command in the starts to come.
    Node in(List<String> before) {
        prefix = before;
        return this;
    }

    /// Starts the process, ready or not.
    JarProcess launch() throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(JarProcess.JAVA.toString());
        // A start compiles for seconds on a busy machine; no test here lives long enough to win that time back.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", JarProcess.JAR.toString(), "serve",
                "--data", data.toString()));
        command.addAll(settings);
        process = JarProcess.start(folder, command);
        return process;
    }

    /// Starts the process and waits until it is ready.
    JarProcess start() throws IOException {
        JarProcess started = launch();
        await().atMost(JarProcess.PATIENCE).pollInterval(Duration.ofMillis(20))
                .until(() -> !started.isAlive() || isReady());
        assertTrue(started.isAlive(), () -> "it ended: " + started.errors());
        return started;
    }

    private boolean isReady() throws InterruptedException {
        try {
            return admin("GET", "/readyz", "").statusCode() == 200;
        } catch (IOException e) {
            return false; // nobody listens yet
        }
    }

    JarProcess process() {
        return process;
    }

    int helidonPort() {
        return helidonPort;
    }

    int nioPort() {
        return nioPort;
    }

    /// Both engines.
    List<Integer> gatewayPorts() {
        return List.of(helidonPort, nioPort);
    }

    int adminPort() {
        return adminPort;
    }

    int etcdPort() {
        return etcdPort;
    }

    HttpResponse<String> admin(String method, String path, String body) throws IOException, InterruptedException {
        return send(adminPort, method, path, body);
    }

    HttpResponse<String> send(int port, String method, String path, String body) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(20))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    /// PUT that must be accepted.
    JsonNode put(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = admin("PUT", path, body);
        assertEquals(200, response.statusCode(), response::body);
        return json(response);
    }

    /// GET that must be answered with 200.
    JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = admin("GET", path, "");
        assertEquals(200, response.statusCode(), response::body);
        return json(response);
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
        http.shutdownNow();
    }
}
