package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.ControlPlane;
import io.shanhai.admin.objects.ChangesService;
import io.shanhai.admin.objects.DiffService;
import io.shanhai.admin.objects.ObjectsService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;

/// The admin door with all that reads and writes objects, on a real socket and the real store, registry and planner.
final class PlaneDoor implements AutoCloseable {

    final ControlPlane plane;
    private final AdminDoor door;

    PlaneDoor(Path folder) {
        plane = new ControlPlane(folder);
        EventStreams streams = new EventStreams(AdminSettings.forTests(), plane.metrics);
        PastReads past = new PastReads(plane.history);
        door = new AdminDoor(AdminSettings.forTests(), folder, streams, List.of(
                new RegistryService(plane.registry, streams, past),
                new ObjectsService(plane.catalogue, plane.live, plane.planner::problems, past),
                new ChangesService(plane.changeSets, plane.history, plane.membership, past),
                new DiffService(plane.differences, plane.history, past)));
        door.start();
    }

    int port() {
        return door.port();
    }

    RawHttp.Response call(String method, String path, String body) throws IOException {
        return RawHttp.exchange(door.port(), body, method + " " + path + " HTTP/1.1");
    }

    /// @param body single quotes stand for double ones
    JsonNode expect(int status, String method, String path, String body) throws IOException {
        RawHttp.Response response = call(method, path, body.replace('\'', '"'));
        assertEquals(status, response.status(), response.body());
        return status == 204 ? Json.object() : response.json();
    }

    JsonNode get(String path) throws IOException {
        return expect(200, "GET", path, "");
    }

    /// @return the revision
    long put(String path, String body) throws IOException {
        return expect(200, "PUT", path, body).get("revision").longValue();
    }

    static String kind(JsonNode problem) {
        return problem.get("type").textValue().substring(Problems.TYPE_PREFIX.length());
    }

    /// The texts of one member of the objects of an array.
    static List<String> texts(JsonNode array, String member) {
        return StreamSupport.stream(array.spliterator(), false).map(item -> item.path(member).asText()).toList();
    }

    @Override
    public void close() {
        door.close();
        plane.close();
    }
}
