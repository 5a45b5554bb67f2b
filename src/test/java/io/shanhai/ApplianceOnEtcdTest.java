package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.shanhai.node.StartException;
import io.shanhai.settings.Settings;
import io.shanhai.store.etcd.RealEtcd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The whole appliance on a real etcd: what traffic, health and writes do while that etcd is away, and afterwards.
@Timeout(120)
class ApplianceOnEtcdTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private RealEtcd etcd;
    private Relay relay;
    private HttpServer backend;
    private Appliance appliance;
    private int adminPort;

    @BeforeEach
    void start() throws Exception {
        etcd = RealEtcd.start();
        relay = new Relay(etcd.clientPort());
        adminPort = Node.freePort();
        backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        backend.createContext("/", exchange -> {
            byte[] body = "from the backend".getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        backend.start();
    }

    @AfterEach
    void close() throws Exception {
        if (appliance != null) {
            appliance.close();
        }
        backend.stop(0);
        relay.close();
        etcd.close();
        http.shutdownNow();
    }

    private Settings settings(String... more) {
        List<String> sets = new ArrayList<>(List.of("gateway.port=0", "gateway.nio-port=0", "gateway.address=127.0.0.1",
                "admin.port=" + adminPort, "store.etcd.endpoints=http://127.0.0.1:" + relay.port(),
                "store.etcd.call-timeout=1s", "gateway.drain-timeout=1s"));
        sets.addAll(List.of(more));
        return Settings.load(Appliance.SECTIONS, null, Map.of(), sets, 0);
    }

    private void startAppliance(String... more) {
        appliance = Appliance.start(settings(more), folder);
    }

    private HttpResponse<String> send(String method, String url, String body) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> admin(String method, String path, String body) throws IOException, InterruptedException {
        return send(method, "http://127.0.0.1:" + adminPort + path, body);
    }

    private JsonNode put(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = admin("PUT", path, body);
        assertEquals(200, response.statusCode(), response::body);
        return JSON.readTree(response.body());
    }

    private JsonNode room(String room) throws IOException, InterruptedException {
        return JSON.readTree(admin("GET", "/readyz", "").body()).path("rooms").path(room);
    }

    private String metric(String name) throws IOException, InterruptedException {
        return admin("GET", "/metrics", "").body().lines().filter(line -> line.startsWith(name + " ")).findFirst().orElse("");
    }

    /// What both engines answer.
    private List<String> traffic(String path) throws IOException, InterruptedException {
        List<String> answers = new ArrayList<>();
        for (String engine : List.of("nio", "helidon")) {
            answers.add(send("GET", appliance.greeting().get(engine) + path, "").body());
        }
        return answers;
    }

    private static List<String> twice(String body) {
        return List.of(body, body);
    }

    @Test
    void writesAreLiveAlthoughOthersWriteToTheSameEtcd() throws Exception {
        startAppliance();
        etcd.etcdctl("put", "other/key", "1"); // outside of our prefix: nobody here will ever hear of its revision
        JsonNode written = put("/v1/routes/hello", "{\"match\":{\"exact\":\"/hello\"},\"respond\":{\"body\":\"hi\"}}");
        assertTrue(written.path("live").asBoolean(), written::toString);
        etcd.etcdctl("put", "other/key", "2");
        assertEquals(twice("hi"), traffic("/hello"));
        etcd.etcdctl("put", "/services/users/127.0.0.1:" + backend.getAddress().getPort(), "alive");
        assertTrue(put("/v1/routes/users", "{\"match\":{\"path\":\"/users\"},\"service\":\"users\"}").path("live").asBoolean());
        assertEquals(twice("from the backend"), traffic("/users"));
        assertEquals("UP", room("store").path("state").asText());
        assertEquals("shanhai_store_etcd_up 1.0", metric("shanhai_store_etcd_up"));
        assertTrue(appliance.greeting().get("store").contains("etcd at http://127.0.0.1:" + relay.port()));
    }

    @Test
    void trafficGoesOnWhileEtcdIsKilledWritesSayWhyAndAllIsWellAfterwards() throws Exception {
        startAppliance();
        String address = "127.0.0.1:" + backend.getAddress().getPort();
        put("/v1/registry/users/" + address, "{\"ttl\":\"60s\"}");
        put("/v1/routes/users", "{\"match\":{\"path\":\"/users\"},\"service\":\"users\"}");
        etcd.kill();
        await().until(() -> room("store").path("state").asText().equals("DEGRADED"));
        String why = room("store").path("why").asText();
        assertTrue(why.contains("does not answer since 20") && why.contains("" + relay.port()), why);
        assertEquals(200, admin("GET", "/readyz", "").statusCode(), "the traffic goes on");
        assertEquals("shanhai_store_etcd_up 0.0", metric("shanhai_store_etcd_up"));
        assertEquals(200, admin("GET", "/v1/status", "").statusCode());
        assertEquals(twice("from the backend"), traffic("/users"));
        for (List<String> write : List.of(List.of("PUT", "/v1/routes/late", "{\"match\":{\"path\":\"/late\"},\"respond\":{}}"),
                List.of("DELETE", "/v1/routes/users", ""), List.of("PUT", "/v1/registry/users/127.0.0.1:1", "{\"ttl\":\"9s\"}"),
                List.of("DELETE", "/v1/registry/users/" + address, ""))) {
            HttpResponse<String> refused = admin(write.get(0), write.get(1), write.get(2));
            assertEquals(503, refused.statusCode(), refused::body);
            assertEquals("application/problem+json", refused.headers().firstValue("content-type").orElse(""));
            assertTrue(JSON.readTree(refused.body()).path("detail").asText().contains("store.etcd.endpoints"), refused::body);
        }
        etcd.restart();
        await().until(() -> room("store").path("state").asText().equals("UP"));
        assertEquals("", etcd.etcdctl("get", "/shanhai/routes/late"), "nothing of what was refused");
        assertEquals(twice("from the backend"), traffic("/users"));
        assertTrue(put("/v1/routes/late", "{\"match\":{\"path\":\"/late\"},\"respond\":{\"body\":\"late\"}}").path("live")
                .asBoolean());
        assertEquals(twice("late"), traffic("/late"));
        assertTrue(Double.parseDouble(metric("shanhai_store_etcd_reconnects_total").split(" ")[1]) >= 1);
    }

    @Test
    void changesMadeWhileWeWereCutOffAreServedAfterwards() throws Exception {
        startAppliance();
        put("/v1/routes/a", "{\"match\":{\"path\":\"/a\"},\"respond\":{\"body\":\"old\"}}");
        relay.cut();
        await().until(() -> room("store").path("state").asText().equals("DEGRADED"));
        etcd.etcdctl("put", "/shanhai/routes/a", "{\"match\":{\"path\":\"/a\"},\"respond\":{\"body\":\"new\"}}");
        assertEquals(twice("old"), traffic("/a"));
        relay.mend();
        await().until(() -> traffic("/a").equals(twice("new")));
        assertTrue(put("/v1/routes/b", "{\"match\":{\"path\":\"/b\"},\"respond\":{}}").path("live").asBoolean());
    }

    @Test
    void compactionDuringTheOutageMakesItReadEverythingAgain() throws Exception {
        startAppliance();
        put("/v1/routes/gone", "{\"match\":{\"path\":\"/gone\"},\"respond\":{\"body\":\"gone\"}}");
        relay.cut();
        await().until(() -> room("store").path("state").asText().equals("DEGRADED"));
        etcd.etcdctl("del", "/shanhai/routes/gone");
        etcd.etcdctl("put", "/shanhai/routes/a", "{\"match\":{\"path\":\"/a\"},\"respond\":{\"body\":\"new\"}}");
        etcd.etcdctl("compact", "4");
        relay.mend();
        await().until(() -> traffic("/a").equals(twice("new")));
        assertFalse(traffic("/gone").contains("gone"));
    }

    @Test
    void wipedEtcdIsServedAsItIsAndWritesAreLiveInTheNewEpoch() throws Exception {
        startAppliance();
        for (int i = 0; i < 5; i++) {
            put("/v1/routes/a", "{\"match\":{\"path\":\"/a\"},\"respond\":{\"body\":\"" + i + "\"}}");
        }
        assertEquals(1, JSON.readTree(admin("GET", "/v1/status", "").body()).path("epoch").asInt());
        etcd.kill();
        etcd.wipe();
        etcd.restart();
        await().until(() -> JSON.readTree(admin("GET", "/v1/status", "").body()).path("epoch").asInt() == 2);
        await().until(() -> !traffic("/a").contains("4"));
        JsonNode written = put("/v1/routes/b", "{\"match\":{\"path\":\"/b\"},\"respond\":{\"body\":\"b\"}}");
        assertTrue(written.path("live").asBoolean(), written::toString);
        assertEquals(twice("b"), traffic("/b"));
        assertEquals(written.path("revision").asLong(),
                JSON.readTree(admin("GET", "/v1/status", "").body()).path("servedRevision").asLong());
    }

    @Test
    void startWithoutEtcdAnswersHealthOnlyAndGoesOnWhenItComes() throws Exception {
        etcd.kill();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> start = executor.submit(() -> startAppliance());
            await().until(this::answers);
            HttpResponse<String> ready = admin("GET", "/readyz", "");
            assertEquals(503, ready.statusCode());
            assertEquals("STARTING", room("store").path("state").asText());
            assertTrue(room("store").path("why").asText().contains("127.0.0.1:" + relay.port()), ready::body);
            assertEquals(200, admin("GET", "/healthz", "").statusCode());
            assertEquals(404, admin("GET", "/v1/registry", "").statusCode(), "not an empty registry");
            etcd.restart();
            start.get();
        }
        assertEquals(200, admin("GET", "/readyz", "").statusCode());
        assertEquals(200, admin("GET", "/v1/registry", "").statusCode());
    }

    private boolean answers() throws InterruptedException {
        try {
            return admin("GET", "/healthz", "").statusCode() == 200;
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void startEndsWithOneLineWhenEtcdDoesNotCome() throws Exception {
        etcd.kill();
        StartException refused = assertThrows(StartException.class, () -> startAppliance("store.etcd.start-timeout=200ms"));
        assertTrue(refused.getMessage().startsWith("store: etcd at http://127.0.0.1:" + relay.port()), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
        startAppliesNothing();
    }

    private void startAppliesNothing() throws InterruptedException {
        assertFalse(answers(), "the door of the waiting time is closed");
    }
}
