package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.node.Readiness;
import java.util.List;

/// `/healthz`: the process answers. `/readyz`: it wants traffic. `/v1/status`: what it is.
public final class StatusService implements HttpService {

    private final Readiness readiness;
    private final NodeFacts facts;

    public StatusService(Readiness readiness, NodeFacts facts) {
        this.readiness = readiness;
        this.facts = facts;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/healthz", this::health).get("/readyz", this::ready).get("/v1/status", this::status);
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
