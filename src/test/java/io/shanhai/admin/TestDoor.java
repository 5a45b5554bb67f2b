package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.node.Readiness;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A door with a service that echoes JSON, fails on demand and streams events.
final class TestDoor implements AutoCloseable {

    final Readiness readiness = new Readiness(List.of("store", "plan"));
    final Queue<EventStream> streams = new ConcurrentLinkedQueue<>();
    final ReadMetrics metrics = new ReadMetrics();
    final EventStreams eventStreams;
    final AdminDoor door;

    TestDoor(AdminSettings settings, Path dataFolder) throws Exception {
        this(settings, dataFolder, List.of());
    }

    TestDoor(AdminSettings settings, Path dataFolder, List<ApiPart> more) throws Exception {
        List<ApiPart> services = new ArrayList<>(more);
        services.add(new StatusService(readiness, new FixedFacts()));
        services.add(this::declare);
        eventStreams = new EventStreams(settings, metrics);
        door = new AdminDoor(settings, dataFolder, eventStreams, services);
        door.start();
    }

    private void declare(Endpoints endpoints) {
        endpoints.put("/v1/echo/{id}", "echo", "", (request, response) -> {
            ObjectNode json = Json.object();
            json.put("id", request.path().pathParameters().get("id"));
            json.set("body", Json.read(request));
            Json.send(request, response, json);
        });
        endpoints.delete("/v1/echo/{id}", "forget", "", (request, response) -> response.status(204).send());
        endpoints.get("/v1/plain", "plain", "", (request, response) -> response.send("plain text"));
        endpoints.get("/v1/broken", "broken", "", (request, response) -> {
            throw new IllegalStateException("secret detail");
        });
        endpoints.get("/v1/watch", "watch", "", (request, response) -> eventStreams.serve(request, response, stream -> {
            streams.add(stream);
            stream.offer(7, "first", "{\"from\":\"start\"}".getBytes(StandardCharsets.UTF_8));
            return () -> streams.remove(stream);
        }));
    }

    int port() {
        return door.port();
    }

    @Override
    public void close() {
        door.close();
    }
}
