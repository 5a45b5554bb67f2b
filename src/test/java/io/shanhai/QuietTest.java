package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node writes no key and no revision of its own: who lists everything or counts revisions sees the writes of clients.
class QuietTest {

    @TempDir
    Path data;

    @Test
    void startTrafficReadsAndRestartWriteNothing() throws Exception {
        for (int start = 0; start < 2; start++) {
            try (RunningAppliance appliance = new RunningAppliance(data)) {
                awaitReady(appliance);
                sendTraffic(appliance);
                readEverything(appliance);
                assertEquals(1, appliance.get("/v1/status").path("revision").longValue());
            }
            assertEquals(List.of(), keys());
        }
    }

    @Test
    void everyWriteOfAClientIsOneRevision() throws Exception {
        try (RunningAppliance appliance = new RunningAppliance(data)) {
            awaitReady(appliance);
            write(appliance, "PUT", "/v1/limits/five", "{\"algorithm\":\"sliding-window\",\"limit\":5}");
            write(appliance, "PUT", "/v1/routes/hello", "{\"respond\":{\"body\":\"hello\"},\"limits\":[\"five\"]}");
            write(appliance, "PUT", "/v1/registry/s/127.0.0.1:1", "{\"ttl\":\"1h\"}"); // its lease has no revision
            write(appliance, "POST", "/v1/registry/s/127.0.0.1:1/heartbeat", "");
            write(appliance, "POST", "/v1/changes", "{\"set\":[{\"kind\":\"route\",\"id\":\"a\",\"spec\":{\"service\":\"s\"}},"
                    + "{\"kind\":\"route\",\"id\":\"b\",\"spec\":{\"service\":\"s\"}}]}");
            write(appliance, "POST", "/v1/changes?dryRun=true", "{\"delete\":[{\"kind\":\"route\",\"id\":\"a\"}]}");
            write(appliance, "DELETE", "/v1/registry/s/127.0.0.1:1", "");
            sendTraffic(appliance);
            readEverything(appliance);
            assertEquals(1 + 5, appliance.get("/v1/status").path("revision").longValue());
        }
        assertEquals(List.of("/shanhai/limits/five", "/shanhai/routes/a", "/shanhai/routes/b", "/shanhai/routes/hello"), keys());
    }

    private static void awaitReady(RunningAppliance appliance) {
        await().until(() -> appliance.admin("GET", "/readyz", "").statusCode() == 200);
    }

    private static void sendTraffic(RunningAppliance appliance) throws Exception {
        for (String engine : List.of("nio", "helidon")) {
            for (int i = 0; i < 20; i++) {
                assertTrue(appliance.call("GET", appliance.url(engine) + "/some/path", "").statusCode() >= 200);
            }
        }
    }

    /// Every GET that the description names, the endless and the wrongly asked ones too.
    private static void readEverything(RunningAppliance appliance) throws Exception {
        JsonNode paths = appliance.get("/v1/openapi.json").path("paths");
        assertTrue(paths.size() > 15, paths.toString());
        for (var path : paths.properties()) {
            if (path.getValue().has("get")) {
                appliance.admin("GET", path.getKey().replaceAll("\\{\\w+}", "1"), "");
            }
        }
    }

    private static void write(RunningAppliance appliance, String method, String path, String body) throws Exception {
        var response = appliance.admin(method, path, body);
        assertTrue(response.statusCode() < 300, response.body());
    }

    /// All there are, whoever they belong to, read from the folder of a node that has stopped.
    private List<String> keys() {
        try (PrometheusMetrics metrics = new PrometheusMetrics();
                EmbeddedStore store = new EmbeddedStore(data.resolve("store"), StoreSettings.defaults(), metrics)) {
            store.start();
            return store.range(RangeRequest.prefix(Bytes.EMPTY)).kvs().stream().map(KeyValue::key).map(Bytes::text).toList();
        }
    }
}
