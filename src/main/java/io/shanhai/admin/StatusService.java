package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.node.Readiness;
import java.util.List;

/// `/healthz`: the process answers. `/readyz`: it wants traffic. `/v1/status`: what it is.
public final class StatusService implements ApiPart {

    private final Readiness readiness;
    private final NodeFacts facts;

    public StatusService(Readiness readiness, NodeFacts facts) {
        this.readiness = readiness;
        this.facts = facts;
    }

    @Override
    public void declare(Endpoints endpoints) {
        endpoints.get("/healthz", "health", "The process answers.", this::health).answers(200, "Health", "It does.");
        endpoints.get("/readyz", "ready", "Whether it wants traffic, and the state of each room.", this::ready)
                .answers(200, "Readiness", "It does; a room that is degraded is named.")
                .answers(503, "Readiness", "Not yet, or no more.");
        endpoints.get("/v1/status", "status", "What the node is, and what it listens on.", this::status)
                .answers(200, "Status", "Version, node, revisions, rooms and ports.");
    }

    private void health(ServerRequest request, ServerResponse response) {
        Json.send(request, response, Json.object().put("status", "UP"));
    }

    private void ready(ServerRequest request, ServerResponse response) {
        boolean ready = readiness.isReady();
        ObjectNode json = Json.object();
        json.put("status", ready ? "UP" : readiness.isDraining() ? "DRAINING" : "STARTING");
        List<String> awaited = readiness.awaited();
        if (!ready && !awaited.isEmpty()) {
            awaited.forEach(json.putArray("awaited")::add);
        }
        json.set("rooms", rooms());
        Json.send(request, response, ready ? 200 : 503, json);
    }

    private void status(ServerRequest request, ServerResponse response) {
        ObjectNode json = Json.object();
        json.put("version", facts.version());
        json.put("node", facts.node());
        json.put("epoch", facts.epoch());
        json.put("revision", facts.revision());
        json.put("servedRevision", facts.servedRevision());
        json.put("uptimeSeconds", facts.uptime().toMillis() / 1e3);
        json.put("ready", readiness.isReady());
        json.set("rooms", rooms());
        ObjectNode ports = json.putObject("ports");
        facts.ports().forEach(ports::put);
        Json.send(request, response, json);
    }

    private ObjectNode rooms() {
        ObjectNode rooms = Json.object();
        readiness.rooms().forEach((room, state) -> {
            ObjectNode entry = rooms.putObject(room).put("state", state.phase().name());
            if (!state.why().isEmpty()) {
                entry.put("why", state.why());
            }
        });
        return rooms;
    }
}
