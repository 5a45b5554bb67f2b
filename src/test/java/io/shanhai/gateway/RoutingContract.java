package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.exact;
import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.Rewrite;
import io.shanhai.gateway.Target.Split;
import io.shanhai.gateway.Target.Split.Share;
import io.shanhai.gateway.route.RouteMatch;
import io.shanhai.gateway.route.RouteMatch.Field;
import io.shanhai.gateway.route.RouteMatch.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// Which route a request takes, and where that leads.
interface RoutingContract extends ContractGround {

    @Test
    default void answersFixedResponse() throws Exception {
        gateway().route("hello", exact("/hello"), respond(201, "hi", "content-type", "text/plain", "x-own", "1")).publish();
        RawClient.Response response = gateway().get("/hello");
        assertEquals(201, response.status());
        assertEquals("hi", response.text());
        assertEquals("2", response.field("content-length"));
        assertEquals("text/plain", response.field("content-type"));
        assertEquals("1", response.field("x-own"));
        gateway().awaitCount("hello", 201, 1);
    }

    @Test
    default void takesExactBeforeTemplateBeforeLongestPrefix() throws Exception {
        gateway().route("root", prefix("/"), respond(200, "root"))
                .route("users", prefix("/users"), respond(200, "prefix"))
                .route("user", new RouteMatch(Kind.TEMPLATE, "/users/{id}", "", Set.of(), List.of(), List.of()),
                        respond(200, "template"))
                .route("me", exact("/users/me"), respond(200, "exact")).publish();
        assertEquals("exact", gateway().get("/users/me").text());
        assertEquals("template", gateway().get("/users/7").text());
        assertEquals("prefix", gateway().get("/users/7/orders").text());
        assertEquals("root", gateway().get("/usersandmore").text(), "a prefix matches whole segments");
    }

    @Test
    default void matchesHostWithoutPortAndCase() throws Exception {
        gateway().route("any", prefix("/"), respond(200, "any"))
                .route("shop", new RouteMatch(Kind.PREFIX, "/", "shop.example.com", Set.of(), List.of(), List.of()),
                        respond(200, "shop"))
                .publish();
        assertEquals("shop", gateway().send("GET / HTTP/1.1\nHost: Shop.Example.com:8080\n\n").text());
        assertEquals("any", gateway().send("GET / HTTP/1.1\nHost: example.com\n\n").text());
        assertEquals("shop", gateway().send("GET http://shop.example.com/ HTTP/1.1\nHost: other\n\n").text(),
                "an absolute target overrides Host");
    }

    @Test
    default void matchesMethodHeaderAndQuery() throws Exception {
        gateway().route("plain", prefix("/"), respond(200, "plain"))
                .route("post", new RouteMatch(Kind.PREFIX, "/", "", Set.of("POST"), List.of(), List.of()), respond(200, "post"))
                .route("beta", new RouteMatch(Kind.PREFIX, "/", "", Set.of(), List.of(new Field("x-beta", "1")), List.of()),
                        respond(200, "beta"))
                .route("debug", new RouteMatch(Kind.PREFIX, "/", "", Set.of(), List.of(), List.of(new Field("debug", "yes"))),
                        respond(200, "debug"))
                .publish();
        assertEquals("plain", gateway().get("/").text());
        assertEquals("post", gateway().send("POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\n").text());
        assertEquals("beta", gateway().send("GET / HTTP/1.1\nHost: a\nX-Beta: 1\n\n").text());
        assertEquals("plain", gateway().send("GET / HTTP/1.1\nHost: a\nX-Beta: 2\n\n").text());
        assertEquals("debug", gateway().get("/?debug=yes").text());
    }

    @Test
    default void refusesWhatNoRouteMatches() throws Exception {
        gateway().route("hello", exact("/hello"), respond(200, "hi")).publish();
        RawClient.Response response = gateway().get("/nowhere?secret=1");
        assertEquals(404, response.status());
        assertEquals("application/problem+json", response.field("content-type"));
        assertEquals("route:no-match", response.field("x-shanhai-reason"));
        Problems.assertProblem(response, 404, "/nowhere", "route:no-match");
        gateway().awaitCount("none", 404, 1);
    }

    @Test
    default void sharesRequestsRoundRobin() throws Exception {
        gateway().pool("svc", gateway().backend("a"), gateway().backend("b"), gateway().backend("c"))
                .route("svc", prefix("/"), to("svc")).publish();
        Map<String, Integer> seen = countNames(30);
        assertEquals(Map.of("a", 10, "b", 10, "c", 10), seen);
    }

    @Test
    default void splitsByWeight() throws Exception {
        gateway().pool("old", gateway().backend("old")).pool("new", gateway().backend("new"))
                .route("split", prefix("/"), new Split(List.of(new Share("old", 9), new Share("new", 1)))).publish();
        assertEquals(Map.of("old", 27, "new", 3), countNames(30));
    }

    @Test
    default void rewritesPathAndKeepsQuery() throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/api"), to("svc"), new Rewrite("/api", "/v2"),
                Duration.ofSeconds(5), Retries.NONE).publish();
        gateway().get("/api/users?q=a%20b&c=%2F");
        assertEquals("/v2/users?q=a%20b&c=%2F", backend.request().target());
    }

    @Test
    default void servesNewPlanWithTheNextRequest() throws Exception {
        gateway().route("one", exact("/one"), respond(200, "1")).publish();
        try (RawClient client = gateway().client()) {
            assertEquals(404, client.exchange("GET /two HTTP/1.1\nHost: a\n\n").status());
            gateway().route("two", exact("/two"), respond(200, "2")).publish();
            RawClient.Response response = client.exchange("GET /two HTTP/1.1\nHost: a\n\n");
            assertArrayEquals(new byte[]{'2'}, response.body());
        }
    }

    private Map<String, Integer> countNames(int requests) throws Exception {
        Map<String, Integer> seen = new TreeMap<>();
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < requests; i++) {
                seen.merge(client.exchange("GET / HTTP/1.1\nHost: a\n\n").text(), 1, Integer::sum);
            }
        }
        return seen;
    }

    /// Two Plans take turns while clients keep asking: every request is answered by the one or the other, none fails, and
    /// none sees a mixture.
    @Test
    default void aPlanIsSwappedUnderLoadWithoutAFailedRequest() throws Exception {
        Backend backend = gateway().backend("svc");
        AtomicBoolean done = new AtomicBoolean();
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        publishTurn(0, backend);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                running.add(clients.submit(() -> {
                    try (RawClient client = gateway().client()) {
                        while (!done.get()) {
                            seen.merge("respond " + client.exchange("GET /turn HTTP/1.1\nHost: a\n\n").text(), 1, Integer::sum);
                            seen.merge("proxy " + client.exchange("GET /svc HTTP/1.1\nHost: a\n\n").text(), 1, Integer::sum);
                        }
                    }
                    return null;
                }));
            }
            for (int turn = 1; turn <= 400; turn++) {
                publishTurn(turn, backend);
                Thread.yield();
            }
            for (int turn = 1; seen.size() < 3; turn++) { // until both answers were seen, and the service's
                publishTurn(turn, backend);
                Thread.sleep(1);
            }
            done.set(true);
            for (Future<?> client : running) {
                client.get();
            }
        }
        assertEquals(Set.of("respond even", "respond odd", "proxy svc"), seen.keySet());
    }

    private void publishTurn(int turn, Backend backend) {
        gateway().clearRoutes().pool("svc" + turn % 2, backend)
                .route("turn", turn % 2 == 0 ? exact("/turn") : prefix("/turn"), respond(200, turn % 2 == 0 ? "even" : "odd"))
                .route("svc", prefix("/svc"), to("svc" + turn % 2)).publish();
    }
}
