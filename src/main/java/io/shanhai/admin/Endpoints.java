package io.shanhai.admin;

import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRoute;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/// Collects what the services register, so that the door can say what it has: HEAD for every GET, 405 with `Allow`,
/// and near paths for a 404. Filled before the server starts, read-only after.
final class Endpoints implements HttpRules {

    private static final List<Method> METHODS = List.of(Method.GET, Method.HEAD, Method.POST, Method.PUT, Method.PATCH,
            Method.DELETE, Method.OPTIONS);
    private static final int MOST_NEAR = 3; // more is no hint

    private final HttpRouting.Builder routing;
    private final List<HttpRoute> routes = new ArrayList<>();
    private final SequencedSet<String> patterns = new LinkedHashSet<>();

    Endpoints(HttpRouting.Builder routing) {
        this.routing = routing;
    }

    @Override
    public HttpRules register(HttpService... services) {
        for (HttpService service : services) {
            service.routing(this);
        }
        return this;
    }

    @Override
    public HttpRules register(String prefix, HttpService... services) {
        throw new UnsupportedOperationException(prefix + ": services register their full paths");
    }

    @Override
    public HttpRules route(HttpRoute route) {
        routes.add(route);
        routing.route(route);
        return this;
    }

    @Override
    public HttpRules route(Method method, String pattern, Handler handler) {
        patterns.add(pattern);
        if (method.equals(Method.GET)) {
            return route(HttpRoute.builder().methods(Method.GET, Method.HEAD).path(pattern)
                    .handler((request, response) -> handler.handle(request, HeadResponse.unlessGet(request, response)))
                    .build());
        }
        return route(HttpRoute.builder().methods(method).path(pattern).handler(handler).build());
    }

    /// To be registered last: answers what no service has.
    void refuse(ServerRequest request, ServerResponse response) {
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
        return patterns.stream().map(pattern -> new Candidate(pattern, PathDistance.between(path, pattern)))
                .filter(candidate -> candidate.distance() <= PathDistance.NEAR)
                .sorted(Comparator.comparingInt(Candidate::distance)).limit(MOST_NEAR).map(Candidate::pattern).toList();
    }
}
