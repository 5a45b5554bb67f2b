package io.shanhai.admin;

import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRoute;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/// All calls of the door, in the order in which a request is compared with them. The one source of what is routed and of
/// what is described: HEAD for every GET, 405 with `Allow`, near paths for a 404, and the OpenAPI document.
/// Filled before the server starts, read-only after.
public final class Endpoints {

    private static final List<Method> METHODS = List.of(Method.GET, Method.HEAD, Method.POST, Method.PUT, Method.PATCH,
            Method.DELETE, Method.OPTIONS);
    private static final int MOST_NEAR = 3; // more is no hint

    private final List<Endpoint> all = new ArrayList<>();
    private final List<HttpRoute> routes = new ArrayList<>();

    Endpoints() {}

    /// @param id its name for generated clients, unique: `listRoutes`
    /// @param summary one line, what it is good for
    public Endpoint get(String path, String id, String summary, Handler handler) {
        return add(Method.GET, path, id, summary, handler);
    }

    /// As [#get].
    public Endpoint put(String path, String id, String summary, Handler handler) {
        return add(Method.PUT, path, id, summary, handler);
    }

    /// As [#get].
    public Endpoint post(String path, String id, String summary, Handler handler) {
        return add(Method.POST, path, id, summary, handler);
    }

    /// As [#get].
    public Endpoint delete(String path, String id, String summary, Handler handler) {
        return add(Method.DELETE, path, id, summary, handler);
    }

    private Endpoint add(Method method, String path, String id, String summary, Handler handler) {
        Endpoint endpoint = new Endpoint(method, path, id, summary, handler);
        all.add(endpoint);
        return endpoint;
    }

    List<Endpoint> all() {
        return all;
    }

    /// Hands every endpoint to the engine, and then the answer to all that is none.
    void route(HttpRouting.Builder routing) {
        for (Endpoint endpoint : all) {
            HttpRoute route = route(endpoint);
            routes.add(route);
            routing.route(route);
        }
        routing.any(this::refuse);
    }

    private static HttpRoute route(Endpoint endpoint) {
        HttpRoute.Builder route = HttpRoute.builder().path(endpoint.path());
        if (!endpoint.method().equals(Method.GET)) {
            return route.methods(endpoint.method()).handler(endpoint.handler()).build();
        }
        return route.methods(Method.GET, Method.HEAD).handler((request, response) -> endpoint.handler().handle(request,
                HeadResponse.unlessGet(request, response))).build();
    }

    private void refuse(ServerRequest request, ServerResponse response) {
        String path = request.path().rawPath();
        SequencedSet<String> allowed = allowed(request.prologue());
        if (allowed.isEmpty()) {
            throw Problems.noSuchPath(path, near(path));
        }
        if (request.prologue().method().equals(Method.OPTIONS)) {
            response.header("Allow", String.join(", ", allowed));
            response.status(204).send();
            return;
        }
        throw Problems.methodNotAllowed(request.prologue().method().text(), path, allowed);
    }

    private SequencedSet<String> allowed(HttpPrologue asked) {
        SequencedSet<String> allowed = new LinkedHashSet<>();
        for (Method method : METHODS) {
            HttpPrologue other = HttpPrologue.create(asked.rawProtocol(), asked.protocol(), asked.protocolVersion(),
                    method, asked.uriPath(), asked.query(), asked.fragment());
            if (routes.stream().anyMatch(route -> route.accepts(other).accepted())) {
                allowed.add(method.text());
            }
        }
        return allowed;
    }

    private List<String> near(String path) {
        record Candidate(String pattern, int distance) {}
        return all.stream().map(Endpoint::path).distinct()
                .map(pattern -> new Candidate(pattern, PathDistance.between(path, pattern)))
                .filter(candidate -> candidate.distance() <= PathDistance.NEAR)
                .sorted(Comparator.comparingInt(Candidate::distance)).limit(MOST_NEAR).map(Candidate::pattern).toList();
    }
}
