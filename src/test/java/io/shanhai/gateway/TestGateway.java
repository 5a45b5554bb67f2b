package io.shanhai.gateway;

import static org.awaitility.Awaitility.await;

import io.shanhai.decision.Decision;
import io.shanhai.decision.DecisionRing;
import io.shanhai.gateway.Pool.Exclusion;
import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.Rewrite;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.filter.Journal;
import io.shanhai.gateway.route.Candidate;
import io.shanhai.gateway.route.RouteMatch;
import io.shanhai.gateway.route.RouteTable;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.gateway.upstream.Mirror;
import io.shanhai.gateway.upstream.Outcomes;
import io.shanhai.gateway.upstream.UpstreamClient;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.trace.Span;
import io.shanhai.trace.SpanRing;
import io.shanhai.trace.W3cTracer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A whole data plane on free ports: the real chain, route table and balancer, one engine, and as many backends as a
/// test asks for.
final class TestGateway implements AutoCloseable {

    static final long REVISION = 42;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /// An engine under test.
    interface Engine extends AutoCloseable {

        int port();

        /// @return true when every request ended by itself
        boolean drain(Duration limit) throws Exception;

        @Override
        void close();
    }

    /// Starts the engine under test.
    interface Starter {
        Engine start(GatewaySettings settings, Chain chain, Balancer balancer, PrometheusMetrics metrics) throws Exception;
    }

    private final PrometheusMetrics metrics = new PrometheusMetrics();
    private final SpanRing spans = new SpanRing(1024);
    private final DecisionRing decisions = new DecisionRing(1024);
    private final LivePlan live = new LivePlan(new Plan(0, RouteTable.EMPTY, Map.of()));
    private final List<Backend> backends = new ArrayList<>();
    private final List<Candidate> candidates = new ArrayList<>();
    private final Map<String, Pool> pools = new HashMap<>();
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final UpstreamClient mirrors;
    private final Engine engine;

    /// What was told of an attempt.
    record Outcome(String pool, String address, Outcomes.Result result, int status) {}

    TestGateway(GatewaySettings settings, Starter starter) throws Exception {
        Journal journal = new Journal(spans, decisions, settings);
        Chain chain = new Chain(live, new W3cTracer(0), journal, metrics, settings);
        mirrors = new UpstreamClient(settings, metrics);
        mirrors.start();
        engine = starter.start(settings, chain, new Balancer(metrics, this::attempted, new Mirror(mirrors, metrics)), metrics);
    }

    private void attempted(String pool, String address, Outcomes.Result result, int status, long nanos) {
        outcomes.add(new Outcome(pool, address, result, nanos >= 0 ? status : -1));
    }

    /// Of all attempts so far, in order.
    List<Outcome> outcomes() {
        return List.copyOf(outcomes);
    }

    Engine engine() {
        return engine;
    }

    int port() {
        return engine.port();
    }

    PrometheusMetrics metrics() {
        return metrics;
    }

    RawClient client() throws IOException {
        return new RawClient(engine.port());
    }

    /// One request on a connection of its own. `\n` stands for CR LF.
    RawClient.Response send(String request) throws IOException {
        try (RawClient client = client()) {
            return client.exchange(request);
        }
    }

    RawClient.Response get(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\nHost: test\n\n");
    }

    Backend backend(String name) throws IOException {
        Backend backend = new Backend(name);
        backends.add(backend);
        return backend;
    }

    /// A service pool of these backends, under their common name.
    TestGateway pool(String service, Backend... members) {
        return pool(service, List.of(members).stream().map(Backend::endpoint).toList(), List.of());
    }

    TestGateway pool(String service, List<Endpoint> endpoints, List<Exclusion> excluded) {
        return pool(new Pool(service, endpoints, excluded, new AtomicInteger()));
    }

    TestGateway pool(Pool pool) {
        pools.put(pool.name(), pool);
        return this;
    }

    Pool livePool(String name) {
        return live.current().pools().get(name);
    }

    /// A route to a pool with everything an upstream can have.
    TestGateway route(String id, RouteMatch match, String pool, Duration timeout, Retries retries, Balance balance,
            Route.Mirror mirror, Filter... filters) {
        Route route = new Route(id, candidates.size() + 1L, to(pool), Rewrite.NONE, timeout.toNanos(), retries, List.of(filters),
                new RouteMeters(metrics, id), balance, mirror);
        candidates.add(new Candidate(route, match, candidates.size() + 1L));
        return this;
    }

    static RouteMatch exact(String path) {
        return new RouteMatch(RouteMatch.Kind.EXACT, path, "", Set.of(), List.of(), List.of());
    }

    static RouteMatch prefix(String path) {
        return new RouteMatch(RouteMatch.Kind.PREFIX, path, "", Set.of(), List.of(), List.of());
    }

    static Target respond(int status, String body, String... headers) {
        return new Target.Respond(new Answer(status, List.of(headers), body.getBytes(StandardCharsets.UTF_8)));
    }

    static Target to(String pool) {
        return new Target.ToPool(pool);
    }

    TestGateway route(String id, RouteMatch match, Target target, Filter... filters) {
        return route(id, match, target, Rewrite.NONE, TIMEOUT, Retries.NONE, filters);
    }

    TestGateway route(String id, RouteMatch match, Target target, Rewrite rewrite, Duration timeout, Retries retries,
            Filter... filters) {
        Route route = new Route(id, candidates.size() + 1L, target, rewrite, timeout.toNanos(), retries, List.of(filters),
                new RouteMeters(metrics, id));
        candidates.add(new Candidate(route, match, candidates.size() + 1L));
        return this;
    }

    /// Forgets all routes and pools; what is live stays until the next [#publish].
    TestGateway clearRoutes() {
        candidates.clear();
        pools.clear();
        return this;
    }

    /// Makes routes and pools live.
    void publish() {
        live.publish(new Plan(REVISION, new RouteTable(candidates), pools));
    }

    /// The metrics page, as Prometheus reads it.
    String scrape() {
        return new String(metrics.scrape(null).body(), StandardCharsets.UTF_8);
    }

    /// Waits until the page has this count of requests: they are counted after their last byte.
    void awaitCount(String route, int status, int count) {
        String wanted = "route=\"" + route + "\",status=\"" + status + "\"} " + count;
        await().alias("requests_total{" + wanted).untilAsserted(() -> {
            String lines = scrape().lines().filter(l -> l.startsWith("shanhai_gateway_requests_total")).toList().toString();
            if (!lines.contains(wanted + ".0") && !lines.contains(wanted + ",") && !lines.contains(wanted + "]")) {
                throw new AssertionError("no " + wanted + " in " + lines);
            }
        });
    }

    /// Decisions that left since the last call.
    List<Decision> decisions() {
        List<Decision> left = new ArrayList<>();
        decisions.drain(left::add, 1024);
        return left;
    }

    /// Spans finished so far.
    List<Span> spans() {
        List<Span> finished = new ArrayList<>();
        spans.drain(finished::add, 1024);
        return finished;
    }

    @Override
    public void close() throws IOException {
        engine.close();
        mirrors.close();
        for (Backend backend : backends) {
            backend.close();
        }
        metrics.close();
    }
}
