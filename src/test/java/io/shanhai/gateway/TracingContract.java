package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.to;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.trace.Span;
import io.shanhai.trace.Span.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// W3C Trace Context Level 2, in and out.
interface TracingContract extends ContractGround {

    String TRACE = "0af7651916cd43dd8448eb211c80319c";
    String PARENT = "b7ad6b7169203331";

    /// What the instance sees of a request with these trace fields.
    private Backend.Request forwarded(String fields) throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        gateway().send("GET / HTTP/1.1\nHost: a\n" + fields + "\n");
        Backend.Request seen = backend.request();
        assertEquals(1, seen.fields("traceparent").size());
        assertTrue(seen.field("traceparent").matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]"), seen.field("traceparent"));
        return seen;
    }

    private static String traceId(Backend.Request request) {
        return request.field("traceparent").substring(3, 35);
    }

    private static String spanId(Backend.Request request) {
        return request.field("traceparent").substring(36, 52);
    }

    private static int flags(Backend.Request request) {
        return Integer.parseInt(request.field("traceparent").substring(53), 16);
    }

    @Test
    default void continuesTheCallersTrace() throws Exception {
        Backend.Request seen = forwarded("traceparent: 00-" + TRACE + "-" + PARENT + "-01\ntracestate: a=1,b=2\n");
        assertEquals(TRACE, traceId(seen));
        assertNotEquals(PARENT, spanId(seen), "our own span is the parent of what follows");
        assertEquals(1, flags(seen));
        assertEquals(List.of("a=1,b=2"), seen.fields("tracestate"));
    }

    @Test
    default void recordsTwoSpansForSampledRequest() throws Exception {
        Backend.Request seen = forwarded("traceparent: 00-" + TRACE + "-" + PARENT + "-01\n");
        List<Span> spans = new ArrayList<>();
        await().until(() -> {
            spans.addAll(gateway().spans());
            return spans.size() >= 2;
        });
        assertEquals(2, spans.size());
        Span server = spans.stream().filter(s -> s.kind() == Kind.SERVER).findFirst().orElseThrow();
        Span client = spans.stream().filter(s -> s.kind() == Kind.CLIENT).findFirst().orElseThrow();
        assertEquals(TRACE, server.context().traceId());
        assertEquals(Long.parseUnsignedLong(PARENT, 16), server.context().parentSpanId());
        assertEquals(server.context().spanId(), client.context().parentSpanId());
        assertEquals(Long.parseUnsignedLong(spanId(seen), 16), client.context().spanId());
    }

    @Test
    default void recordsNothingForUnsampledRequest() throws Exception {
        Backend.Request seen = forwarded("traceparent: 00-" + TRACE + "-" + PARENT + "-00\n");
        assertEquals(TRACE, traceId(seen));
        assertEquals(0, flags(seen));
        gateway().awaitCount("svc", 200, 1);
        assertEquals(List.of(), gateway().spans());
    }

    @Test
    default void keepsTheRandomFlag() throws Exception {
        assertEquals(2, flags(forwarded("traceparent: 00-" + TRACE + "-" + PARENT + "-02\n")));
    }

    @Test
    default void clearsUnknownFlags() throws Exception {
        assertEquals(1, flags(forwarded("traceparent: 00-" + TRACE + "-" + PARENT + "-fd\n")));
    }

    @Test
    default void startsRandomTraceWithoutCaller() throws Exception {
        Backend.Request seen = forwarded("");
        assertEquals(2, flags(seen) & 2, "ids of our own are random");
        assertNotEquals("0".repeat(32), traceId(seen));
        assertNull(seen.field("tracestate"));
    }

    @Test
    default void restartsMalformedTrace() throws Exception {
        Backend.Request seen = forwarded("traceparent: 00-" + TRACE.toUpperCase() + "-" + PARENT + "-01\ntracestate: a=1\n");
        assertNotEquals(TRACE, traceId(seen));
        assertNull(seen.field("tracestate"), "it belongs to the trace that was not continued");
    }

    @Test
    default void restartsTraceGivenTwice() throws Exception {
        String line = "traceparent: 00-" + TRACE + "-" + PARENT + "-01\n";
        assertNotEquals(TRACE, traceId(forwarded(line + line)));
    }

    @Test
    default void readsLaterVersionsAsTheirFirstPart() throws Exception {
        assertEquals(TRACE, traceId(forwarded("traceparent: cc-" + TRACE + "-" + PARENT + "-01-what-the-future-brings\n")));
    }

    @Test
    default void namesTheTraceInRefusals() throws Exception {
        gateway().publish();
        RawClient.Response response = gateway()
                .send("GET /no HTTP/1.1\nHost: a\ntraceparent: 00-" + TRACE + "-" + PARENT + "-01\n\n");
        assertTrue(response.field("traceparent").startsWith("00-" + TRACE + "-"), response.field("traceparent"));
    }
}
