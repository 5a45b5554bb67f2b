package io.shanhai.gateway.filter;

import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Alternative;
import io.shanhai.decision.Decision.Stage;
import io.shanhai.decision.DecisionRing;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Filter;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.RouteMatcher.Explanation;
import io.shanhai.limiter.Limit;
import io.shanhai.node.WallClock;
import io.shanhai.trace.Span;
import io.shanhai.trace.Span.Kind;
import io.shanhai.trace.SpanRing;
import java.util.ArrayList;
import java.util.List;

/// Writes down what happened to an exchange: its spans when it is sampled, its decisions when it is sampled, asked
/// for, refused, failed or slow. Everything else costs two comparisons. Safe for all threads.
public final class Journal {

    /// The gateway's name in traces.
    public static final String SERVICE = "shanhai-gateway";

    private final SpanRing spans;
    private final DecisionRing decisions;
    private final long slowNanos;

    public Journal(SpanRing spans, DecisionRing decisions, GatewaySettings settings) {
        this.spans = spans;
        this.decisions = decisions;
        this.slowNanos = settings.slowRequest().toNanos();
    }

    /// True when the exchange leaves spans: it then needs a span id of its own for its call upstream.
    boolean recordsSpans(Exchange x) {
        return x.trace.isSampled() || x.explain;
    }

    /// @return whether anything was written down
    boolean record(Exchange x) {
        if (recordsSpans(x)) {
            recordSpans(x);
            recordDecisions(x);
            return true;
        }
        if (x.reason != null || x.status >= 500 || x.endNanos - x.startNanos > slowNanos) {
            recordDecisions(x);
            return true;
        }
        return false;
    }

    private void recordSpans(Exchange x) {
        boolean failed = x.status >= 500 || x.reason != null;
        String route = x.route == null ? Chain.NO_ROUTE : x.route.id();
        List<String> attributes = new ArrayList<>(24);
        pair(attributes, "http.request.method", x.method);
        pair(attributes, "url.path", x.path);
        pair(attributes, "http.response.status_code", x.status);
        pair(attributes, "client.address", x.clientAddress);
        pair(attributes, "shanhai.engine", x.engine.label());
        pair(attributes, "shanhai.route", route);
        pair(attributes, "shanhai.revision", x.plan.revision());
        if (x.reason != null) {
            pair(attributes, "shanhai.reason", x.reason);
        }
        spans.offer(new Span(x.trace, SERVICE, x.method + " " + route, Kind.SERVER, WallClock.epochNanos(x.startNanos),
                Math.max(0, x.endNanos - x.startNanos), failed, attributes));
        if (x.endpoint != null) {
            List<String> call = new ArrayList<>(8);
            pair(call, "peer.service", x.pool.name()); // makes untraced services appear in the dependency graph
            pair(call, "server.address", x.endpoint.address());
            pair(call, "shanhai.attempts", x.attempts);
            pair(call, "http.response.status_code", x.status);
            spans.offer(new Span(x.upstreamTrace, SERVICE, x.pool.name(), Kind.CLIENT,
                    WallClock.epochNanos(x.admittedNanos), Math.max(0, x.endNanos - x.admittedNanos), failed, call));
        }
    }

    private void recordDecisions(Exchange x) {
        long at = WallClock.epochNanos(x.endNanos);
        emit(x, at, routing(x));
        if (x.route != null) {
            recordLimits(x, at);
        }
        if (x.pool != null) {
            recordInstance(x, at);
        }
        Draft response = new Draft(Stage.RESPONSE, x.reason == null ? "ok" : x.reason, Integer.toString(x.status));
        response.input("millis", millis(x.endNanos - x.startNanos)).input("engine", x.engine.label())
                .input("requestBytes", x.requestBytes).input("responseBytes", x.responseBytes);
        emit(x, at, response);
    }

    /// Matching is pure, so the verdict and its reasons are worked out again here instead of being kept for every request.
    private static Draft routing(Exchange x) {
        Explanation why = x.plan.routes().explain(x.method, x.host, x.path, x.query, x.headers, false);
        Draft draft = new Draft(Stage.ROUTE, x.route == null ? Chain.NO_ROUTE : x.route.id(),
                x.route == null ? "no-match" : "matched");
        draft.input("method", x.method).input("host", x.host).input("path", x.path).input("why", why.why());
        why.losers().stream().limit(Decision.MAX_ALTERNATIVES).forEach(l -> draft.alternative(l.routeId(), l.why()));
        return draft;
    }

    private void recordLimits(Exchange x, long at) {
        for (Filter filter : x.route.filters()) {
            if (!(filter instanceof LimitFilter limits)) {
                continue;
            }
            for (int i = 0; i < x.limitsAsked; i++) {
                LimitFilter.Bound bound = limits.limit(i);
                Limit limit = bound.limit();
                boolean admitted = x.limitsRemaining[i] >= 0;
                long after = Math.max(0, x.limitsRemaining[i]);
                Draft draft = new Draft(Stage.LIMIT, bound.id(),
                        admitted ? "admitted" : bound.isShadow() ? "shadow-refused" : "refused");
                draft.input("algorithm", limit.algorithm()).input("quota", limit.quota())
                        .input("window", limit.windowNanos() / 1_000_000 + "ms")
                        .input("before", admitted ? after + 1 : after).input("after", after);
                if (!admitted) {
                    draft.input("retryAfter", millis(limit.nanosUntilFree(x.endNanos)) + "ms");
                }
                emit(x, at, draft);
            }
        }
    }

    private void recordInstance(Exchange x, long at) {
        Pool pool = x.pool;
        Draft chosen = new Draft(Stage.INSTANCE, x.endpoint == null ? pool.name() : x.endpoint.address(),
                x.endpoint == null ? "none" : "chosen");
        chosen.input("pool", pool.name()).input("eligible", pool.endpoints().size()).input("attempts", x.attempts)
                .input("why", x.poolFull ? "no place" : x.route.balance().policy().words() + " over " + pool.endpoints().size());
        if (x.failures != null) {
            chosen.input("failures", x.failures);
        }
        if (x.retryRefused) {
            chosen.input("retry", "refused by the retry budget");
        }
        if (x.mirrored) {
            chosen.input("mirror", x.route.mirror().pool());
        }
        Excluded.of(x, Decision.MAX_ALTERNATIVES).forEach(e -> chosen.alternative(e.address(), e.why()));
        emit(x, at, chosen);
        if (x.endpoint == null) {
            return;
        }
        boolean answered = x.firstByteNanos != 0;
        Draft upstream = new Draft(Stage.UPSTREAM, x.endpoint.address(), answered ? "ok" : "failed");
        upstream.input("status", x.status).input("firstByteMillis",
                answered ? millis(x.firstByteNanos - x.admittedNanos) : "none");
        if (x.reason != null) {
            upstream.input("reason", x.reason);
        }
        emit(x, at, upstream);
    }

    private void emit(Exchange x, long at, Draft draft) {
        decisions.offer(new Decision(x.trace.traceIdHigh(), x.trace.traceIdLow(), at, draft.stage, draft.rule,
                x.plan.revision(), draft.verdict, draft.inputs, draft.alternatives));
    }

    private static String millis(long nanos) {
        return Double.toString(Math.round(nanos / 1_000.0) / 1_000.0);
    }

    private static void pair(List<String> attributes, String name, Object value) {
        attributes.add(name);
        attributes.add(String.valueOf(value));
    }

    /// A decision in the making.
    private static final class Draft {
        private final Stage stage;
        private final String rule;
        private final String verdict;
        private final List<String> inputs = new ArrayList<>(Decision.MAX_INPUTS);
        private final List<Alternative> alternatives = new ArrayList<>(Decision.MAX_ALTERNATIVES);

        Draft(Stage stage, String rule, String verdict) {
            this.stage = stage;
            this.rule = rule;
            this.verdict = verdict;
        }

        Draft input(String name, Object value) {
            pair(inputs, name, value);
            return this;
        }

        void alternative(String rule, String why) {
            alternatives.add(new Alternative(rule, why));
        }
    }
}
