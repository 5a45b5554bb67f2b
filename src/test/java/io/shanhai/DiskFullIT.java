package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk without space stops writes with a word about it, stops nothing else, and costs nothing acknowledged.
class DiskFullIT {

    private static final String BODY = "x".repeat(16 * 1024);
    private static final int MOST_WRITES = 500; // 8 MiB of bodies: more than the disk has

    @TempDir
    Path folder;
    private Path disk;
    /// Its mount namespace has the small disk; the disk goes when the last process in it ends.
    private JarProcess holder;
    private Node node;
    private final Set<String> acknowledged = new TreeSet<>();

    @BeforeEach
    void mountSmallDisk() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        holder = JarProcess.start(folder, List.of("unshare", "--mount", "sh", "-c",
                "mount -t tmpfs -o size=4m none \"$0\" && echo mounted && exec sleep 600", disk.toString()));
        await().atMost(JarProcess.PATIENCE).until(() -> holder.output().contains("mounted") || !holder.isAlive());
        assumeTrue(holder.isAlive(), () -> "not run: a small disk needs the right to mount: " + holder.errors());
        node = new Node(folder, disk.resolve("data")).in(inNamespace()).with("store.segment-size", "128KiB")
                .with("store.checkpoint-interval", "500ms");
    }

    private List<String> inNamespace(String... command) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--mount", "--target", Long.toString(holder.pid())));
        all.addAll(List.of(command));
        return all;
    }

    @AfterEach
    void end() {
        if (node != null) {
            node.close();
        }
        holder.close();
    }

    @Test
    void refusesWritesServesTheRestAndForgetsNothing() throws Exception {
        node.start();
        put("first");
        run("cat /dev/zero > \"$0\"/filler; test -s \"$0\"/filler"); // until there is no space
        HttpResponse<String> refusal = putUntilRefused();
        assertEquals(507, refusal.statusCode(), refusal::body);
        assertEquals("application/problem+json", refusal.headers().firstValue("content-type").orElse(""));
        String detail = Node.json(refusal).path("detail").textValue();
        // Which of the two is told depends on who notices first: the write, or the store's look at the disk.
        assertTrue(detail.contains("No space left on device") || detail.contains("bytes left"), detail);
        assertTrue(detail.contains(disk.toString()), detail);
        assertTrue(detail.contains("Free disk space"), detail);

        assertEquals(acknowledged, stored(), "reads go on, and show what was acknowledged");
        for (int port : node.gatewayPorts()) {
            assertEquals(200, node.send(port, "GET", "/first", "").statusCode(), "traffic goes on");
        }
        HttpResponse<String> ready = node.admin("GET", "/readyz", "");
        assertEquals(200, ready.statusCode(), "traffic does not need the disk");
        assertTrue(ready.body().contains("\"store\":{\"state\":\"DEGRADED\""), ready::body);
        assertEquals(507, node.admin("DELETE", "/v1/routes/first", "").statusCode());

        run("rm \"$0\"/filler");
        await().atMost(JarProcess.PATIENCE).untilAsserted(() -> put("later")); // by itself, as it said
        node.process().kill();
        node.start();
        assertEquals(acknowledged, stored(), "after a restart");
    }

    @Test
    void aDiskFullAtTheStartIsNamed() throws Exception {
        run("cat /dev/zero > \"$0\"/filler; test -s \"$0\"/filler");
        JarProcess refused = node.launch();
        assertEquals(1, refused.exitCode());
        assertTrue(refused.errors().contains(disk.toString()), refused::errors);
        assertTrue(refused.errors().contains("No space left on device"), refused::errors);
        run("rm \"$0\"/filler");
        node.start();
        put("first");
    }

    private HttpResponse<String> putUntilRefused() throws IOException, InterruptedException {
        for (int i = 0; i < MOST_WRITES; i++) {
            HttpResponse<String> response = route("r" + i);
            if (response.statusCode() != 200) {
                return response;
            }
            acknowledged.add("r" + i);
        }
        throw new AssertionError("the disk took " + MOST_WRITES + " writes");
    }

    private void put(String id) throws IOException, InterruptedException {
        HttpResponse<String> response = route(id);
        assertEquals(200, response.statusCode(), response::body);
        acknowledged.add(id);
    }

    private HttpResponse<String> route(String id) throws IOException, InterruptedException {
        return node.admin("PUT", "/v1/routes/" + id,
                "{\"match\":{\"exact\":\"/" + id + "\"},\"respond\":{\"status\":200,\"body\":\"" + BODY + "\"}}");
    }

    private Set<String> stored() throws IOException, InterruptedException {
        Set<String> ids = new TreeSet<>();
        for (JsonNode route : node.get("/v1/routes").path("routes")) {
            assertEquals(BODY, route.path("respond").path("body").textValue());
            ids.add(route.path("id").textValue());
        }
        return ids;
    }

    /// Where the disk is; `$0` is its folder.
    private void run(String script) throws IOException, InterruptedException {
        try (JarProcess shell = JarProcess.start(folder, inNamespace("sh", "-c", script, disk.toString()))) {
            assertEquals(0, shell.exitCode(), shell::errors);
        }
    }
}
