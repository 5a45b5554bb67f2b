package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.node.Version;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// `GET /v1/openapi.json`: the door's own description, OpenAPI 3.1. Paths come from the [Endpoints] that are served,
/// schemas and what they share from the resource beside this class.
final class OpenApi implements ApiPart {

    private static final String COMPONENTS = "openapi-components.json";

    private Endpoints endpoints;
    private volatile byte[] document; // written at the first request; two threads may, with the same bytes

    @Override
    public void declare(Endpoints all) {
        endpoints = all;
        all.get("/v1/openapi.json", "getOpenApi", "This description.", this::send).answers(200, "OpenApi",
                "An OpenAPI 3.1 document.");
    }

    private void send(ServerRequest request, ServerResponse response) {
        byte[] bytes = document;
        if (bytes == null) {
            bytes = Json.bytes(document());
            document = bytes;
        }
        Json.send(request, response, 200, Json.MEDIA_TYPE, bytes);
    }

    private ObjectNode document() {
        ObjectNode json = Json.object().put("openapi", "3.1.1");
        json.putObject("info").put("title", "Shanhai admin API").put("version", Version.current().number()).put("description",
                "State of one appliance: routes, limits, instances, change sets, time travel, traces, metrics. Every GET"
                        + " answers HEAD too. Errors are application/problem+json (RFC 9457).");
        ObjectNode components = components();
        json.putArray("security").add(Json.object()).addObject().putArray("token"); // none on loopback
        ObjectNode paths = json.putObject("paths");
        for (Endpoint endpoint : endpoints.all()) {
            ObjectNode item = paths.withObject("/" + endpoint.path().replace("~", "~0").replace("/", "~1"));
            item.set(endpoint.member(), endpoint.description());
        }
        json.set("components", components);
        return json;
    }

    private static ObjectNode components() {
        try (InputStream in = OpenApi.class.getResourceAsStream(COMPONENTS)) {
            if (in == null) {
                throw new IllegalStateException(
                        "resource " + COMPONENTS + " is missing (expected: beside " + OpenApi.class + ")");
            }
            return (ObjectNode) Json.parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("resource " + COMPONENTS, e);
        }
    }
}
