package io.shanhai.gateway.filter;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.Filter;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.NormalPath;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.Verdict;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.Verdict.Continue;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.trace.Tracer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way of a request through the house, the same for both engines:
///
///     enter -> Continue            the engine sends it to an endpoint of the balancer
///           -> Answer              the engine writes it
///           -> Suspend -> resume   the engine runs the task where it may block, then comes back here
///     leave                        exactly once for every exchange that entered
///
/// Stateless but for shared counters; safe for all threads.
public final class Chain {

    /// Label of requests that no route matched or that could not be parsed.
    public static final String NO_ROUTE = "none";

    private static final Logger LOG = LoggerFactory.getLogger(Chain.class);
    private static final int CLIENT_CLOSED_REQUEST = 499; // nginx's convention: the client went away first

    private final LivePlan live;
    private final Tracer tracer;
    private final Journal journal;
    private final Metrics metrics;
    private final Set<String> explainClients;
    private final RouteMeters unrouted;
    private final FailureLog failures;
    private final LongAdder[] inFlight = new LongAdder[Engine.values().length];

    public Chain(LivePlan live, Tracer tracer, Journal journal, Metrics metrics, GatewaySettings settings) {
        this.live = live;
        this.tracer = tracer;
        this.journal = journal;
        this.metrics = metrics;
        this.explainClients = Set.copyOf(settings.explainClients());
        this.unrouted = new RouteMeters(metrics, NO_ROUTE);
        this.failures = new FailureLog(metrics);
        for (Engine engine : Engine.values()) {
            LongAdder count = new LongAdder();
            inFlight[engine.ordinal()] = count;
            metrics.gauge("shanhai_gateway_requests_in_flight", "Requests under way.", count::sum, "engine", engine.label());
        }
    }

    /// Reads the Plan, joins the trace, finds the route and runs its filters.
    public Verdict enter(Exchange x) {
        inFlight[x.engine.ordinal()].increment();
        x.plan = live.current();
        x.trace = tracer.join(x.headers.first("traceparent"), x.headers.count("traceparent"), x.headers.joined("tracestate"),
                x.unseenTrace);
        x.unseenTrace = null;
        x.explain = "1".equals(x.headers.first("x-shanhai-explain"))
                && (x.fromLoopback || explainClients.contains(x.clientAddress));
        String path = NormalPath.of(x.path);
        if (path == null) {
            return Problem.refuse(x, 400, "route:path", "Bad Request",
                    "A % in the path is not followed by two hex digits (RFC 3986 section 2.1): write %25 for a percent sign.");
        }
        x.path = path;
        x.route = x.plan.routes().match(x.method, x.host, x.path, x.query, x.headers);
        if (x.route == null) {
            return Problem.refuse(x, 404, "route:no-match", "Not Found",
                    "No route matches " + x.method + " " + x.path + (x.host.isEmpty() ? "" : " on host " + x.host)
                            + ". POST /v1/explain/route on the admin port says why each route lost.");
        }
        return run(x);
    }

    /// Goes on after the task of a `Suspend` has ended with `outcome`.
    public Verdict resume(Exchange x, Verdict outcome) {
        return switch (outcome) {
            case Continue _ -> run(x);
            case Answer answer -> answer;
            case Verdict.Suspend again -> throw new IllegalStateException("filter " + again.filter() + ": a Suspend task "
                    + "returned a Suspend (expected: Continue or Answer)");
        };
    }

    /// Runs the task of a `Suspend` and goes on; on a thread that may block. A failing task is answered with 500.
    public Verdict runSuspended(Exchange x, Verdict.Suspend suspend) {
        try {
            return resume(x, suspend.task().call());
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            LOG.error("filter {} failed on route {}", suspend.filter(), x.route.id(), e);
            return Problem.refuse(x, 500, "filter:" + suspend.filter(), "Internal Server Error",
                    "The filter " + suspend.filter() + " failed. The gateway's log has the cause under trace id "
                            + x.trace.traceId() + ".");
        }
    }

    private Verdict run(Exchange x) {
        List<Filter> filters = x.route.filters();
        while (x.nextFilter < filters.size()) {
            Verdict verdict = filters.get(x.nextFilter++).before(x);
            if (verdict != Continue.CONTINUE) {
                return verdict;
            }
        }
        return admit(x);
    }

    private Verdict admit(Exchange x) {
        Route route = x.route;
        if (route.target() instanceof Target.Respond(Answer answer)) {
            x.admittedNanos = x.startNanos; // nothing is timed from here: a look at the clock would tell nobody anything
            return x.explain ? withExplainHeaders(x, answer) : answer;
        }
        x.admittedNanos = System.nanoTime();
        String path = route.rewrite().apply(x.path);
        x.forwardTarget = x.query == null ? path : path + '?' + x.query;
        x.upstreamTrace = journal.recordsSpans(x) ? tracer.child(x.trace) : x.trace;
        return Continue.CONTINUE;
    }

    private static Answer withExplainHeaders(Exchange x, Answer answer) {
        List<String> headers = new ArrayList<>(answer.headers());
        headers.addAll(Problem.explainHeaders(x));
        return new Answer(answer.status(), headers, answer.body());
    }

    /// Ends the exchange: permits are released, the request is counted, its span and decisions leave. The engine has
    /// set `status`, `reason`, `endNanos` and the byte counts.
    public void leave(Exchange x) {
        inFlight[x.engine.ordinal()].decrement();
        x.release();
        if (x.status == 0) {
            x.status = CLIENT_CLOSED_REQUEST;
        }
        if (x.route != null) {
            List<Filter> filters = x.route.filters();
            for (int i = x.nextFilter - 1; i >= 0; i--) {
                filters.get(i).after(x);
            }
        }
        RouteMeters meters = x.route == null ? unrouted : x.route.meters();
        meters.record(x.engine, x.status, x.endNanos - x.startNanos);
        boolean recorded = journal.record(x);
        if (!recorded && x.wasAtHand() && x.trace.parentSpanId() == 0) {
            x.unseenTrace = x.trace;
        }
        failures.tell(x);
    }

    /// The answer to bytes that never became an exchange. Counted under route `none` and by reason.
    ///
    /// @param reason `stage:rule`, from a fixed set
    public Answer malformed(Engine engine, int status, String reason, String detail) {
        unrouted.record(engine, status, 0);
        Counter refused = metrics.counter("shanhai_gateway_malformed_total", "Requests refused before they had a route.",
                "engine", engine.label(), "reason", reason);
        refused.increment();
        StringBuilder json = new StringBuilder(200);
        json.append("{\"type\":\"about:blank\",\"title\":\"Malformed request\",\"status\":").append(status)
                .append(",\"detail\":");
        Problem.quote(json, detail);
        json.append(",\"reason\":");
        Problem.quote(json, reason);
        json.append('}');
        return new Answer(status, List.of("content-type", "application/problem+json", "x-shanhai-reason", reason),
                json.toString().getBytes(StandardCharsets.UTF_8));
    }
}
