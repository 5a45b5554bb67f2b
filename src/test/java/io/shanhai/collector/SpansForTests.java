package io.shanhai.collector;

import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Alternative;
import io.shanhai.decision.Decision.Stage;
import io.shanhai.trace.Span;
import io.shanhai.trace.Span.Kind;
import io.shanhai.trace.TraceContext;
import java.util.List;

/// Records as the gateway emits them.
public final class SpansForTests {

    /// 2026-01-01T00:00:00Z in nanoseconds since 1970.
    public static final long START = 1_767_225_600_000_000_000L;

    private SpansForTests() {}

    public static TraceContext context(long trace, long span, long parent) {
        return new TraceContext(0xabcdL, trace, span, parent, TraceContext.SAMPLED | TraceContext.RANDOM, "");
    }

    /// @param millis start after [#START], and the duration
    public static Span span(TraceContext context, String service, String name, Kind kind, long millis, String... attributes) {
        return new Span(context, service, name, kind, START + millis * 1_000_000, millis * 1_000_000, false, List.of(attributes));
    }

    /// Both spans of a proxied request.
    public static List<Span> request(long trace, long millis) {
        return List.of(
                span(context(trace, 1, 0), "shanhai-gateway", "GET users", Kind.SERVER, millis, "http.request.method", "GET",
                        "http.response.status_code", "200", "shanhai.route", "users"),
                span(context(trace, 2, 1), "shanhai-gateway", "user-svc", Kind.CLIENT, millis, "server.address", "10.0.0.1:80",
                        "peer.service", "user-svc"));
    }

    public static Decision decision(long trace, long millis, Stage stage, String rule, String verdict, List<String> inputs,
            Alternative... alternatives) {
        return new Decision(0xabcdL, trace, START + millis * 1_000_000, stage, rule, 42, verdict, inputs, List.of(alternatives));
    }
}
