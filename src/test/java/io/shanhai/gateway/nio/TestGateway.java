package io.shanhai.gateway.nio;

import io.shanhai.decision.DecisionRing;
import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Filter;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.Route.Retries;
import io.shanhai.gateway.Route.Rewrite;
import io.shanhai.gateway.RouteMatcher;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.Verdict;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.filter.Journal;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.trace.SpanRing;
import io.shanhai.trace.W3cTracer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// An engine with the real chain and balancer over routes a test writes down; routes match by exact path.
final class TestGateway implements AutoCloseable {

    /// What the chain knew of an exchange when it left.
    record Left(String path, int status, String reason, long requestBytes, long responseBytes) {}

    final PrometheusMetrics metrics = new PrometheusMetrics();
    final Queue<Left> left = new ConcurrentLinkedQueue<>();
    NioEngine engine;
    private final Map<String, Route> routes = new HashMap<>();
    private final Map<String, Pool> pools = new HashMap<>();
    private GatewaySettings settings = GatewaySettings.forTests();
    private Duration timeout = Duration.ofSeconds(15);

    TestGateway respond(String path, int status, String body, Filter... filters) {
        return route(path, new Target.Respond(new Answer(status, List.of("content-type", "text/plain"), Raw.bytes(body))),
                filters);
    }

    /// Without the filter that writes down what left, which allocates.
    TestGateway unwatched(String path, String body, Filter... filters) {
        routes.put(path, new Route("route" + path, 1,
                new Target.Respond(new Answer(200, List.of("content-type", "text/plain"), Raw.bytes(body))), Rewrite.NONE,
                timeout.toNanos(), Retries.NONE, List.of(filters), new RouteMeters(metrics, "route" + path)));
        return this;
    }

    TestGateway proxy(String path, int... ports) {
        return proxy(path, new Filter[0], ports);
    }

    TestGateway proxy(String path, Filter[] filters, int... ports) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int port : ports) {
            endpoints.add(new Endpoint("127.0.0.1:" + port, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1));
        }
        pools.put(path, new Pool(path, endpoints, List.of(), new AtomicInteger()));
        return route(path, new Target.ToPool(path), filters);
    }

    private TestGateway route(String path, Target target, Filter... filters) {
        List<Filter> all = new ArrayList<>(List.of(new Watch()));
        all.addAll(List.of(filters));
        routes.put(path, new Route("route" + path, 1, target, Rewrite.NONE, timeout.toNanos(), Retries.NONE, all,
                new RouteMeters(metrics, "route" + path)));
        return this;
    }

    /// For routes added after this.
    TestGateway timeout(Duration timeout) {
        this.timeout = timeout;
        return this;
    }

    TestGateway settings(GatewaySettings settings) {
        this.settings = settings;
        return this;
    }

    TestGateway start() throws IOException {
        LivePlan plan = new LivePlan(new Plan(7, new Exact(Map.copyOf(routes)), pools));
        Journal journal = new Journal(new SpanRing(1024), new DecisionRing(1024), settings);
        Chain chain = new Chain(plan, new W3cTracer(0), journal, metrics, settings);
        engine = new NioEngine(settings, chain, new Balancer(metrics), metrics);
        engine.start();
        return this;
    }

    String metricsPage() {
        return new String(metrics.scrape(null).body(), StandardCharsets.UTF_8);
    }

    Raw connect() throws IOException {
        return new Raw(engine.port());
    }

    @Override
    public void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private final class Watch implements Filter {
        @Override
        public String name() {
            return "watch";
        }

        @Override
        public Verdict before(Exchange x) {
            return Verdict.Continue.CONTINUE;
        }

        @Override
        public void after(Exchange x) {
            left.add(new Left(x.path, x.status, x.reason, x.requestBytes, x.responseBytes));
        }
    }

    private record Exact(Map<String, Route> byPath) implements RouteMatcher {
        @Override
        public Route match(String method, String host, String path, String query, RequestHeaders headers) {
            return byPath.get(path);
        }

        @Override
        public Explanation explain(String method, String host, String path, String query, RequestHeaders headers,
                boolean everyRoute) {
            return new Explanation(byPath.get(path), "exact path", List.of(), 0);
        }
    }
}
