package io.shanhai.admin;

import static io.shanhai.collector.SpansForTests.START;
import static io.shanhai.collector.SpansForTests.context;
import static io.shanhai.collector.SpansForTests.decision;
import static io.shanhai.collector.SpansForTests.request;
import static io.shanhai.collector.SpansForTests.span;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shanhai.decision.Decision.Stage;
import io.shanhai.trace.Span;
import io.shanhai.trace.Span.Kind;
import io.shanhai.trace.TraceContext;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JaegerQueryTest {

    private static final String ONE = "000000000000abcd0000000000000001";
    private static final long START_MICROS = START / 1_000;

    private TelemetryDoor door;

    /// Trace 1 at 10 ms, trace 2 at 20 ms, both of the gateway; trace 3 failed, has a caller elsewhere and a tracestate.
    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        door = new TelemetryDoor(folder, START + 60_000_000_000L);
        request(1, 10).forEach(door.spans::offer);
        request(2, 20).forEach(door.spans::offer);
        TraceContext joined = new TraceContext(0xabcdL, 3, 5, 4, TraceContext.SAMPLED, "vendor=1");
        door.spans.offer(new Span(joined, "other", "work", Kind.INTERNAL, START + 30_000_000, 1_234_567, true, List.of()));
    }

    @AfterEach
    void close() {
        door.close();
    }

    @Test
    void listsServicesInTheEnvelope() throws Exception {
        HttpResponse<String> response = door.get("/api/services");
        assertEquals(200, response.statusCode());
        assertEquals("application/json", response.headers().firstValue("content-type").orElseThrow());
        assertEquals(tree("{'data':['other','shanhai-gateway'],'total':2,'limit':0,'offset':0,'errors':null}"),
                TelemetryDoor.json(response));
    }

    @Test
    void listsOperations() throws Exception {
        assertEquals(tree("['GET users','user-svc']"), data("/api/services/shanhai-gateway/operations"));
        assertEquals(tree("[]"), data("/api/services/unknown/operations"));
        assertEquals(tree("[{'name':'GET users','spanKind':'server'},{'name':'user-svc','spanKind':'client'}]"),
                data("/api/operations?service=shanhai-gateway"));
        assertEquals(tree("[{'name':'user-svc','spanKind':'client'}]"),
                data("/api/operations?service=shanhai-gateway&spanKind=client"));
    }

    @Test
    void showsOneTrace() throws Exception {
        JsonNode trace = data("/api/traces/" + ONE).get(0);
        assertEquals(tree("""
                {'traceID':'000000000000abcd0000000000000001','spans':[
                  {'traceID':'000000000000abcd0000000000000001','spanID':'0000000000000001','flags':3,'operationName':'GET users',
                   'references':[],'startTime':%d,'duration':10000,
                   'tags':[{'key':'http.request.method','type':'string','value':'GET'},
                           {'key':'http.response.status_code','type':'int64','value':200},
                           {'key':'shanhai.route','type':'string','value':'users'},
                           {'key':'span.kind','type':'string','value':'server'}],
                   'logs':[],'processID':'p1','warnings':null},
                  {'traceID':'000000000000abcd0000000000000001','spanID':'0000000000000002','flags':3,'operationName':'user-svc',
                   'references':[{'refType':'CHILD_OF','traceID':'000000000000abcd0000000000000001','spanID':'0000000000000001'}],
                   'startTime':%d,'duration':10000,
                   'tags':[{'key':'server.address','type':'string','value':'10.0.0.1:80'},
                           {'key':'peer.service','type':'string','value':'user-svc'},
                           {'key':'span.kind','type':'string','value':'client'}],
                   'logs':[],'processID':'p1','warnings':null}],
                 'processes':{'p1':{'serviceName':'shanhai-gateway','tags':[]}},'warnings':null}
                """.formatted(START_MICROS + 10_000, START_MICROS + 10_000)), trace);
    }

    @Test
    void saysWhenAParentIsMissingAndASpanFailed() throws Exception {
        JsonNode span = data("/api/traces/abcd0000000000000003").at("/0/spans/0");
        assertEquals("invalid parent span IDs=0000000000000004; the parent was not received here",
                span.at("/warnings/0").textValue());
        assertEquals(1234, span.get("duration").intValue());
        assertTrue(span.get("tags").toString().contains("{\"key\":\"error\",\"type\":\"bool\",\"value\":true}"), span.toString());
        assertTrue(span.get("tags").toString().contains("\"w3c.tracestate\",\"type\":\"string\",\"value\":\"vendor=1\""));
    }

    @Test
    void unknownTraceIsJaegers404() throws Exception {
        HttpResponse<String> response = door.get("/api/traces/4bf92f3577b34da6a3ce929d0e0e4736");
        assertEquals(404, response.statusCode());
        assertEquals(tree("{'data':null,'total':0,'limit':0,'offset':0,'errors':[{'code':404,'msg':'trace not found'}]}"),
                TelemetryDoor.json(response));
    }

    @Test
    void decisionsWithoutSpansAreNoTrace() throws Exception {
        door.decisions.offer(decision(9, 1, Stage.ROUTE, "users", "matched", List.of()));
        assertEquals(404, door.get("/api/traces/abcd0000000000000009").statusCode());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "service=shanhai-gateway|2,1",
            "service=shanhai-gateway&limit=1|2",
            "service=other|3",
            "service=unknown|",
            "service=shanhai-gateway&operation=GET%20users&limit=20&lookback=1h&maxDuration&minDuration|2,1",
            "service=shanhai-gateway&minDuration=15ms|2",
            "service=shanhai-gateway&maxDuration=15000us|1",
            "service=shanhai-gateway&minDuration=0.01s&maxDuration=10ms|1",
            "service=shanhai-gateway&lookback=59985ms|2",
            "service=shanhai-gateway&tag=shanhai.route:users|2,1",
            "service=shanhai-gateway&tag=shanhai.route:users&tag=http.request.method:PUT|",
            "service=other&tag=error:true|3",
            "traceID=abcd0000000000000001&traceID=abcd0000000000000003&traceID=1234|1,3"})
    void searches(String query, String expected) throws Exception {
        assertEquals(expected == null ? "" : expected, found("/api/traces?" + query));
    }

    @Test
    void searchesByTagsAndTimes() throws Exception {
        assertEquals("2,1", found("/api/traces?service=shanhai-gateway&tags="
                + encode("{\"shanhai.route\":\"users\",\"http.response.status_code\":200}")));
        assertEquals("", found("/api/traces?service=shanhai-gateway&tags=" + encode("{\"shanhai.route\":\"orders\"}")));
        assertEquals("2", found("/api/traces?service=shanhai-gateway&start=" + (START_MICROS + 15_000) + "&end="
                + (START_MICROS + 20_000)));
        assertEquals("1", found("/api/traces?service=shanhai-gateway&lookback=custom&start=" + START_MICROS + "&end="
                + (START_MICROS + 19_999)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "/api/traces|parameter 'service' is required",
            "/api/operations|parameter 'service' is required",
            "/api/traces?service=a&limit=many|unable to parse param 'limit'",
            "/api/traces?service=a&limit=-1|unable to parse param 'limit'",
            "/api/traces?service=a&limit=0|parameter 'limit': 0",
            "/api/traces?service=a&limit=1501|unable to parse param 'limit'",
            "/api/traces?service=a&start=yesterday|unable to parse param 'start'",
            "/api/traces?service=a&end=99999999999999999999|unable to parse param 'end'",
            "/api/traces?service=a&minDuration=5|unable to parse param 'minDuration'",
            "/api/traces?service=a&maxDuration=-5ms|unable to parse param 'maxDuration'",
            "/api/traces?service=a&maxDuration=999999999999w|unable to parse param 'maxDuration'",
            "/api/traces?service=a&minDuration=2s&maxDuration=1s|'maxDuration' should be greater than 'minDuration'",
            "/api/traces?service=a&tag=novalue|malformed 'tag' parameter",
            "/api/traces?service=a&tags=%7Bbad|malformed 'tags' parameter",
            "/api/traces?service=a&tags=%5B1%5D|malformed 'tags' parameter",
            "/api/traces?service=a&tags=%7B%22a%22:%7B%7D%7D|malformed 'tags' parameter",
            "/api/traces?traceID=xyz|cannot parse trace id",
            "/api/traces/xyz|cannot parse trace id",
            "/api/traces/00000000000000000000000000000000|cannot parse trace id",
            "/api/dependencies?endTs=now|unable to parse param 'endTs'"})
    void badParametersAreJaegers400(String target, String message) throws Exception {
        HttpResponse<String> response = door.get(target);
        assertEquals(400, response.statusCode(), response.body());
        JsonNode json = TelemetryDoor.json(response);
        assertTrue(json.get("data").isNull());
        assertEquals(400, json.at("/errors/0/code").intValue());
        assertTrue(json.at("/errors/0/msg").textValue().startsWith(message), response.body());
    }

    @Test
    void dependenciesAreCalls() throws Exception {
        door.spans.offer(span(context(4, 2, 0), "shanhai-gateway", "order-svc", Kind.CLIENT, 40));
        door.spans.offer(span(context(4, 3, 2), "order-svc", "list", Kind.SERVER, 41));
        assertEquals(tree("[{'parent':'shanhai-gateway','child':'order-svc','callCount':1},"
                + "{'parent':'shanhai-gateway','child':'user-svc','callCount':2}]"), data("/api/dependencies"));
        assertEquals(tree("[{'parent':'shanhai-gateway','child':'user-svc','callCount':1}]"),
                data("/api/dependencies?lookback=5&endTs=" + (START / 1_000_000 + 15)));
    }

    @Test
    void headIsGetWithoutABody() throws Exception {
        HttpResponse<String> response = door.head("/api/services");
        assertEquals(200, response.statusCode());
        assertEquals("", response.body());
    }

    private JsonNode data(String target) throws Exception {
        HttpResponse<String> response = door.get(target);
        assertEquals(200, response.statusCode(), response.body());
        return TelemetryDoor.json(response).get("data");
    }

    /// The last digits of the traces found, in order.
    private String found(String target) throws Exception {
        StringBuilder ids = new StringBuilder();
        for (JsonNode trace : data(target)) {
            String id = trace.get("traceID").textValue();
            ids.append(ids.isEmpty() ? "" : ",").append(id.charAt(id.length() - 1));
        }
        return ids.toString();
    }

    private static JsonNode tree(String json) throws IOException {
        return new ObjectMapper().readTree(json.replace('\'', '"'));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
