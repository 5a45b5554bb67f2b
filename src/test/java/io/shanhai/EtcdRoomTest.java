package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shanhai.node.StartException;
import io.shanhai.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The etcd door as a room of the appliance: there by default, skipped when its default port is taken.
class EtcdRoomTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DEFAULT_PORT = 2379;

    @TempDir
    Path folder;

    private Settings settings(int offset, String... more) {
        List<String> sets = new ArrayList<>(
                List.of("gateway.address=127.0.0.1", "gateway.port=0", "gateway.nio-port=0", "admin.port=0"));
        sets.addAll(List.of(more));
        return Settings.load(Appliance.SECTIONS, null, Map.of(), sets, offset);
    }

    private static JsonNode get(Appliance appliance, String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(appliance.greeting().get("admin") + path)).build());
    }

    private static JsonNode send(HttpRequest request) throws Exception {
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
        }
    }

    @Test
    void defaultPortInUseSkipsTheDoorAndSaysSo() throws Exception {
        int port = FreePorts.next();
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                Appliance appliance = Appliance.start(settings(port - DEFAULT_PORT), folder)) {
            assertTrue(taken.isBound());
            JsonNode ready = get(appliance, "/readyz");
            assertEquals("UP", ready.path("status").asText());
            assertEquals("SKIPPED", ready.at("/rooms/etcd/state").asText());
            assertTrue(ready.at("/rooms/etcd/why").asText().contains("port " + port), ready.toString());
            JsonNode status = get(appliance, "/v1/status");
            assertEquals("SKIPPED", status.at("/rooms/etcd/state").asText());
            assertFalse(status.path("ports").has("etcd"));
            assertFalse(appliance.greeting().containsKey("etcd"));
        }
    }

    @Test
    void portThatWasAskedForStopsTheStart() throws IOException {
        int port = FreePorts.next();
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertTrue(taken.isBound());
            StartException refused = assertThrows(StartException.class,
                    () -> Appliance.start(settings(0, "etcd.client-port=" + port), folder));
            assertTrue(refused.getMessage().contains("etcd.client-port"), refused.getMessage());
        }
    }

    @Test
    void roomCanBeSwitchedOff() throws Exception {
        try (Appliance appliance = Appliance.start(settings(0, "rooms.etcd.enabled=false"), folder)) {
            assertEquals("SKIPPED", get(appliance, "/readyz").at("/rooms/etcd/state").asText());
        }
    }

    @Test
    void offsetMovesItAndWhatAnEtcdClientWritesIsServed() throws Exception {
        int port = FreePorts.next();
        try (Appliance appliance = Appliance.start(settings(port - DEFAULT_PORT), folder)) {
            assertEquals("http://127.0.0.1:" + port, appliance.greeting().get("etcd"));
            assertEquals(port, get(appliance, "/v1/status").at("/ports/etcd").asInt());
            Base64.Encoder base64 = Base64.getEncoder();
            String put = "{\"key\":\"" + base64.encodeToString("/services/users/127.0.0.1:7001".getBytes(StandardCharsets.UTF_8))
                    + "\",\"value\":\"" + base64.encodeToString("alive".getBytes(StandardCharsets.UTF_8)) + "\"}";
            send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v3/kv/put")).POST(BodyPublishers.ofString(put))
                    .build());
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> get(appliance, "/v1/registry/users").path("instances").size() == 1);
        }
    }
}
