package io.shanhai.explain;

import static io.shanhai.collector.SpansForTests.decision;
import static io.shanhai.collector.SpansForTests.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shanhai.collector.Collector;
import io.shanhai.collector.CollectorSettings;
import io.shanhai.collector.TraceId;
import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Alternative;
import io.shanhai.decision.Decision.Stage;
import io.shanhai.decision.DecisionRing;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.trace.SpanRing;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExplainTest {

    private static final TraceId ID = new TraceId(0xabcdL, 7);

    private final SpanRing spans = new SpanRing(64);
    private final DecisionRing decisions = new DecisionRing(64);
    private final PrometheusMetrics metrics = new PrometheusMetrics();
    private final Explain explain = new Explain(new Collector(CollectorSettings.forTests(), spans, decisions, metrics));

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void tellsTheWholeWayOfAProxiedRequest() throws Exception {
        request(7, 10).forEach(spans::offer);
        proxied(10).forEach(decisions::offer);
        JsonNode expected = new ObjectMapper().readTree("""
                {"traceId":"000000000000abcd0000000000000007","status":200,
                 "route":{"id":"users","verdict":"matched","why":"path /api/v1/users is the longest",
                          "alternatives":[{"id":"api","why":"path /api is shorter"},{"id":"users-post","why":"method is POST"}]},
                 "limits":[{"id":"burst","verdict":"admitted","algorithm":"token-bucket","quota":100,"window":"1000ms",
                            "before":5,"after":4},
                           {"id":"daily","verdict":"shadow-refused","algorithm":"sliding-window","quota":7,"window":"86400000ms",
                            "before":0,"after":0}],
                 "instance":{"address":"10.0.0.1:80","verdict":"chosen","pool":"user-svc","eligible":2,"attempts":2,
                             "why":"round robin","failures":"10.0.0.2:80: connect refused",
                             "excluded":[{"address":"10.0.0.3:80","why":"SUSPECT since 12:00:03"}]},
                 "upstream":{"address":"10.0.0.1:80","verdict":"ok","status":200,"firstByteMillis":3.25},
                 "response":{"reason":"ok","verdict":"200","millis":4.5,"engine":"nio","requestBytes":0,"responseBytes":15},
                 "revision":42,"requests":1,"spans":2,"missingParents":[]}
                """);
        var actual = explain.json(ID).orElseThrow();
        JsonNode all = actual.remove("decisions");
        assertEquals(expected, new ObjectMapper().readTree(actual.toString()));
        assertEquals(6, all.size());
        JsonNode first = new ObjectMapper().readTree("""
                {"stage":"route","rule":"users","revision":42,"inputs":{"method":"GET","host":"a.example",
                 "path":"/api/v1/users","why":"path /api/v1/users is the longest"},"verdict":"matched",
                 "alternatives":[{"rule":"api","why":"path /api is shorter"},{"rule":"users-post","why":"method is POST"}],
                 "time":"2026-01-01T00:00:00.010Z"}
                """);
        assertEquals(first, new ObjectMapper().readTree(all.get(0).toString()));
    }

    @Test
    void refusedRequestMetNoInstance() {
        decisions.offer(route(10));
        decisions.offer(decision(7, 10, Stage.LIMIT, "burst", "refused", List.of("algorithm", "sliding-window", "quota", "100",
                "window", "1000ms", "before", "0", "after", "0", "retryAfter", "1")));
        decisions.offer(decision(7, 10, Stage.RESPONSE, "limit:burst", "429", List.of("millis", "0.012")));
        JsonNode json = explain.json(ID).orElseThrow();
        assertEquals(429, json.get("status").intValue());
        assertEquals("refused", json.at("/limits/0/verdict").textValue());
        assertEquals(1, json.at("/limits/0/retryAfter").intValue());
        assertEquals("limit:burst", json.at("/response/reason").textValue());
        assertTrue(json.get("instance").isNull());
        assertTrue(json.get("upstream").isNull());
        assertEquals(0, json.get("spans").intValue());
    }

    @Test
    void noInstanceIsNoAddress() {
        decisions.offer(route(10));
        decisions.offer(decision(7, 10, Stage.INSTANCE, "user-svc", "none", List.of("pool", "user-svc", "eligible", "0"),
                new Alternative("10.0.0.1:80", "DOWN: lease expired")));
        JsonNode json = explain.json(ID).orElseThrow();
        assertTrue(json.at("/instance/address").isNull());
        assertEquals("DOWN: lease expired", json.at("/instance/excluded/0/why").textValue());
        assertTrue(json.get("status").isNull(), "its response was not received");
    }

    @Test
    void ofSeveralRequestsUnderOneIdTheLatestIsExplained() {
        proxied(90).forEach(decisions::offer);
        decisions.offer(route(10));
        decisions.offer(decision(7, 10, Stage.RESPONSE, "upstream:connect", "502", List.of()));
        JsonNode json = explain.json(ID).orElseThrow();
        assertEquals(2, json.get("requests").intValue());
        assertEquals(200, json.get("status").intValue());
        assertEquals(8, json.get("decisions").size());
        assertTrue(explain.text(ID).orElseThrow().contains("2 requests under this id"));
    }

    @Test
    void spansWithoutDecisionsAreSaidToBeJustThat() {
        request(7, 10).forEach(spans::offer);
        JsonNode json = explain.json(ID).orElseThrow();
        assertTrue(json.get("route").isNull() && json.get("revision").isNull() && json.get("limits").isEmpty());
        assertTrue(explain.text(ID).orElseThrow().contains("No decisions are kept"));
    }

    @Test
    void unknownIdIsEmpty() {
        assertTrue(explain.json(ID).isEmpty());
        assertTrue(explain.text(ID).isEmpty());
    }

    @Test
    void textHasALinePerStage() {
        request(7, 10).forEach(spans::offer);
        proxied(10).forEach(decisions::offer);
        assertEquals(
                """
                        trace     000000000000abcd0000000000000007
                        revision  42
                        route     users matched: path /api/v1/users is the longest (method GET, host a.example, path /api/v1/users)
                                  not api: path /api is shorter
                                  not users-post: method is POST
                        limit     burst admitted (algorithm token-bucket, quota 100, window 1000ms, before 5, after 4)
                        limit     daily shadow-refused (algorithm sliding-window, quota 7, window 86400000ms, before 0, after 0)
                        instance  10.0.0.1:80 chosen: round robin (pool user-svc, eligible 2, attempts 2, failures 10.0.0.2:80: connect refused)
                                  not 10.0.0.3:80: SUSPECT since 12:00:03
                        upstream  10.0.0.1:80 ok (status 200, firstByteMillis 3.25)
                        response  200 ok (millis 4.5, engine nio, requestBytes 0, responseBytes 15)
                        spans     2
                        """,
                explain.text(ID).orElseThrow());
    }

    @Test
    void aTerminalIsNotObeyed() {
        decisions.offer(decision(7, 10, Stage.ROUTE, "none", "no-match", List.of("path", "/\u001b[31m\u202e\u0007\n")));
        String text = explain.text(ID).orElseThrow();
        assertFalse(text.contains("\u001b") || text.contains("\u0007") || text.contains("\u202e"), text);
        assertTrue(text.contains("/\uFFFD[31m\uFFFD\uFFFD\uFFFD"), text);
    }

    private static Decision route(long millis) {
        return decision(7, millis, Stage.ROUTE, "users", "matched", List.of("method", "GET", "host", "a.example", "path",
                "/api/v1/users", "why", "path /api/v1/users is the longest"), new Alternative("api", "path /api is shorter"),
                new Alternative("users-post", "method is POST"));
    }

    private static List<Decision> proxied(long millis) {
        return List.of(
                route(millis),
                decision(7, millis, Stage.LIMIT, "burst", "admitted", List.of("algorithm", "token-bucket", "quota", "100",
                        "window", "1000ms", "before", "5", "after", "4")),
                decision(7, millis, Stage.LIMIT, "daily", "shadow-refused", List.of("algorithm", "sliding-window", "quota", "7",
                        "window", "86400000ms", "before", "0", "after", "0")),
                decision(7, millis, Stage.INSTANCE, "10.0.0.1:80", "chosen", List.of("pool", "user-svc", "eligible", "2",
                        "attempts", "2", "why", "round robin", "failures", "10.0.0.2:80: connect refused"),
                        new Alternative("10.0.0.3:80", "SUSPECT since 12:00:03")),
                decision(7, millis, Stage.UPSTREAM, "10.0.0.1:80", "ok", List.of("status", "200", "firstByteMillis", "3.25")),
                decision(7, millis, Stage.RESPONSE, "ok", "200", List.of("millis", "4.5", "engine", "nio", "requestBytes", "0",
                        "responseBytes", "15")));
    }
}
