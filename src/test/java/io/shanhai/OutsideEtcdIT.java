package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.etcd.RealEtcd;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The packaged jar on a real etcd: it has everything that takes, and two nodes on one etcd serve the same.
class OutsideEtcdIT {

    private static final String ROUTE = "{\"match\":{\"path\":\"/hello\"},\"respond\":{\"body\":\"hello\"}}";

    @TempDir
    Path folder;
    private RealEtcd etcd;
    private Node node;

    @BeforeEach
    void prepare() throws Exception {
        etcd = RealEtcd.start();
        node = node("data");
    }

    private Node node(String data) throws Exception {
        return new Node(folder, folder.resolve(data)).with("log.format", "text").with("store.etcd.endpoints", etcd.endpoint());
    }

    @AfterEach
    void end() {
        node.close();
        etcd.close();
    }

    @Test
    void whatOneNodeWritesAnotherServesAndBothOutliveTheirEtcd() throws Exception {
        try (Node other = node("other")) {
            node.start();
            other.start();
            assertTrue(node.put("/v1/routes/hello", ROUTE).path("live").asBoolean());
            for (Node each : List.of(node, other)) {
                for (int port : each.gatewayPorts()) {
                    await().until(() -> each.send(port, "GET", "/hello", "").body().equals("hello"));
                }
            }
            etcd.kill();
            for (Node each : List.of(node, other)) {
                await().until(() -> each.get("/readyz").path("rooms").path("store").path("state").asText().equals("DEGRADED"));
                for (int port : each.gatewayPorts()) {
                    assertEquals("hello", each.send(port, "GET", "/hello", "").body());
                }
                assertEquals(503, each.admin("DELETE", "/v1/routes/hello", "").statusCode());
            }
            node.process().signal("TERM");
            assertEquals(0, node.process().exitCode(), "it ends in order while etcd is away");
        }
    }

    @Test
    void startThatWaitedInVainEndsWithOneLine() throws Exception {
        etcd.kill();
        JarProcess refused = node.with("store.etcd.start-timeout", "1s").launch();
        assertEquals(1, refused.exitCode());
        List<String> lines = refused.errors().lines().filter(line -> line.startsWith("shanhai: ")).toList();
        assertEquals(1, lines.size(), refused::errors);
        assertTrue(lines.getFirst().contains(etcd.endpoint()) && lines.getFirst().contains("store.etcd.endpoints"),
                refused::errors);
        assertFalse(refused.errors().contains("\tat "), refused::errors);
    }

    @Test
    void startThatWaitsEndsInOrderWhenItIsTold() throws Exception {
        etcd.kill();
        JarProcess waiting = node.launch();
        waiting.awaitError("the start waits for etcd");
        waiting.signal("TERM");
        assertEquals(0, waiting.exitCode());
    }
}
