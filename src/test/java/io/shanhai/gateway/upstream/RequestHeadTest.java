package io.shanhai.gateway.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.http1.HeadLimits;
import io.shanhai.gateway.http1.Outcome;
import io.shanhai.gateway.http1.RequestParser;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.trace.TraceContext;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The head an endpoint gets, and that both ways to write it write the same.
class RequestHeadTest {

    private static final RouteMeters METERS = new RouteMeters(new PrometheusMetrics(), "r");

    private static RequestParser parsed(String head) {
        RequestParser parser = new RequestParser(new HeadLimits(16 * 1024, 8 * 1024));
        ByteBuffer in = ByteBuffer.wrap(head.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(Outcome.COMPLETE, parser.parse(in));
        return parser;
    }

    private static Exchange exchange(RequestParser parser, RequestHeaders headers) {
        Exchange x = new Exchange(Exchange.Engine.NIO, parser.method(), parser.path(), parser.query(), parser.host(),
                parser.authority(), headers, "10.1.2.3", false, "http", 0);
        x.route = new Route("r", 1, new Target.ToPool("svc"), Route.Rewrite.NONE, 2_500_000_000L, Route.Retries.NONE, List.of(),
                METERS);
        x.endpoint = new Endpoint("10.0.0.1:80", InetSocketAddress.createUnresolved("10.0.0.1", 80), 1);
        x.forwardTarget = parser.path();
        x.upstreamTrace = new TraceContext(0x0af7651916cd43ddL, 0x8448eb211c80319cL, 0xb7ad6b7169203331L, 0, 3, "a=1");
        return x;
    }

    private static String written(Exchange x, long bodyLength) {
        ByteBuffer out = ByteBuffer.allocate(32 * 1024);
        assertTrue(Forwarding.requestHead(x, bodyLength, out));
        return new String(out.array(), 0, out.position(), StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    }

    @Test
    void aWholeHead() {
        RequestParser parser = parsed(
                "PUT /a HTTP/1.1\nHost: Shop:80\nUser-Agent: x\nContent-Length: 5\nTraceparent: old\nX-Own: 1\n\n");
        Exchange x = exchange(parser, parser.fields());
        x.attemptNanos = 1_000_000_000L; // half a second of waiting, and a failed attempt
        assertEquals("""
                PUT /a HTTP/1.1
                host: Shop:80
                User-Agent: x
                X-Own: 1
                x-forwarded-for: 10.1.2.3
                x-forwarded-proto: http
                x-forwarded-host: Shop:80
                traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03
                tracestate: a=1
                x-shanhai-timeout-ms: 1500
                content-length: 5

                """, written(x, 5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host: a\n", "Host: a\nAccept: */*\nConnection: keep-alive\n",
            "Host: a\nConnection: X-Hop, Authorization\nX-Hop: 1\nx-hop: 2\nAuthorization: b\n",
            "Host: a\nX-Forwarded-For: 1.1.1.1\nX-FORWARDED-FOR: 2.2.2.2\nX-Forwarded-Proto: https\nX-Forwarded-Host: other\n",
            "Host: a\nTE: gzip, Trailers\nTE: x\nKeep-Alive: 5\nUpgrade: h2c\nHTTP2-Settings: x\nProxy-Connection: close\n",
            "Host: a\nX-Shanhai-Explain: 1\nX-Shanhai-Timeout-Ms: 9\nX-Shanhai-Mirror: 1\nTracestate: z=1\nExpect: 100-continue\n",
            "Host: a\nEmpty:\nLatin: caf\u00e9\nCookie: a=1; b=2\nTrailer: x\nVery-Long-Field-Name-Beyond-All-Ours: y\n"})
    void bothWaysWriteTheSame(String lines) {
        RequestParser parser = parsed("GET /x HTTP/1.1\n" + lines + "\n");
        Exchange bytes = exchange(parser, parser.fields());
        Exchange strings = exchange(parser, KeptHeaders.of(parser.fields()));
        bytes.isMirror = strings.isMirror = true;
        for (long length : new long[]{Forwarding.NO_BODY, Forwarding.CHUNKED, 0, Long.MAX_VALUE}) {
            assertEquals(written(strings, length), written(bytes, length));
        }
    }

    @Test
    void anOldClientsRequestGetsTheInstancesName() {
        RequestParser parser = parsed("GET / HTTP/1.0\n\n");
        String head = written(exchange(parser, parser.fields()), Forwarding.NO_BODY);
        assertTrue(head.startsWith("GET / HTTP/1.1\nhost: 10.0.0.1:80\n"), head);
        assertFalse(head.contains("x-forwarded-host"), head);
    }

    @Test
    void saysWhenItDoesNotFit() {
        RequestParser parser = parsed("GET / HTTP/1.1\nHost: a\nX: y\n\n");
        Exchange x = exchange(parser, parser.fields());
        int length = written(x, Forwarding.NO_BODY).replace("\n", "\r\n").length();
        for (int room = 0; room < length; room++) {
            assertFalse(Forwarding.requestHead(x, Forwarding.NO_BODY, ByteBuffer.allocate(room)), room + " bytes");
        }
        assertTrue(Forwarding.requestHead(x, Forwarding.NO_BODY, ByteBuffer.allocate(length)));
    }

    @Test
    void allocatesNothing() {
        RequestParser parser = parsed(
                "GET /x HTTP/1.1\nHost: a\nUser-Agent: wrk\nAccept: */*\nCookie: sid=1\nX-Forwarded-For: 1.1.1.1\n\n");
        Exchange x = exchange(parser, parser.fields());
        ByteBuffer out = ByteBuffer.allocateDirect(4096);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 500 && least > 128; round++) { // until the compiler is done
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                assertTrue(Forwarding.requestHead(x, i, out.clear()));
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, 128, "bytes for 1,000 heads"); // asking allocates a little by itself
    }
}
