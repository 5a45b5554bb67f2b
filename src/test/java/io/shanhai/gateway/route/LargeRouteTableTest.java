package io.shanhai.gateway.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.shanhai.gateway.HeadersOf;
import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.route.RouteMatch.Kind;
import io.shanhai.metrics.PrometheusMetrics;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// 100,000 routes: all found, nothing allocated, changed without building everything anew.
class LargeRouteTableTest {

    private static final int ROUTES = 100_000;
    private static final RequestHeaders NONE = HeadersOf.none();
    private static final RouteMeters METERS = new RouteMeters(new PrometheusMetrics(), "r");

    private static Candidate candidate(int i, Kind kind, String path, String host) {
        Route route = new Route("r" + i, 1, new Target.ToPool("pool"), Route.Rewrite.NONE, 1, Route.Retries.NONE, List.of(),
                METERS);
        return new Candidate(route, new RouteMatch(kind, path, host, Set.of(), List.of(), List.of()), i);
    }

    /// A mixture: exact, template and prefix, some behind exact and wildcard hosts, a few patterns.
    private static List<Candidate> routes() {
        List<Candidate> routes = new ArrayList<>(ROUTES);
        for (int i = 0; i < ROUTES; i++) {
            routes.add(switch (i % 5) {
                case 0 -> candidate(i, Kind.EXACT, pathOf(i), "");
                case 1 -> candidate(i, Kind.PREFIX, pathOf(i), "h" + i % 1000 + ".example");
                case 2 -> candidate(i, Kind.TEMPLATE, pathOf(i) + "/{id}", "");
                case 3 -> candidate(i, Kind.PREFIX, pathOf(i), "*.w" + i % 100 + ".example");
                default ->
                    i % 1000 == 4
                            ? candidate(i, Kind.REGEX, pathOf(i) + "/[0-9]+", "")
                            : candidate(i, Kind.PREFIX, pathOf(i), "");
            });
        }
        return routes;
    }

    private static String pathOf(int i) {
        return "/api/v" + i % 7 + "/service" + i / 100 + "/item" + i;
    }

    private record Request(String host, String path) {
        static Request of(int i) {
            return switch (i % 5) {
                case 0 -> new Request("x.example", pathOf(i));
                case 1 -> new Request("h" + i % 1000 + ".example", pathOf(i) + "/below");
                case 2 -> new Request("", pathOf(i) + "/77");
                case 3 -> new Request("a.w" + i % 100 + ".example", pathOf(i));
                default -> new Request("", pathOf(i) + "/77");
            };
        }
    }

    @Test
    void findsEveryOneOfAHundredThousand() {
        RouteTable table = new RouteTable(routes());
        for (int i = 0; i < ROUTES; i++) {
            Request request = Request.of(i);
            Route found = table.match("GET", request.host, request.path, null, NONE);
            assertEquals("r" + i, found == null ? null : found.id(), request.toString());
        }
        assertNull(table.match("GET", "", "/api/v1/service1/item", null, NONE));
    }

    /// Settled, and with a layer of recent changes whose finds are compared with the settled ones'.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allocatesNothing(boolean changed) {
        RouteTable table = new RouteTable(routes());
        if (changed) {
            table = table.with(Map.of("t", candidate(ROUTES, Kind.TEMPLATE, "/api/{v}/{service}/{item}/{id}", ""), "p",
                    candidate(ROUTES + 1, Kind.EXACT, "/api", ""), "any", candidate(ROUTES + 2, Kind.PREFIX, "/api", "")));
        }
        Request[] requests = new Request[1_000];
        for (int i = 0; i < requests.length; i++) {
            requests[i] = Request.of(i * 97 % ROUTES);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 500 && least > 128; round++) { // until compiled, and patterns' verdicts are in their cache
            long before = threads.getCurrentThreadAllocatedBytes();
            int found = 0;
            for (Request request : requests) {
                found += table.match("GET", request.host, request.path, null, NONE) == null ? 0 : 1;
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            assertEquals(requests.length, found);
        }
        assertEquals(0, least, 128, "bytes for 1,000 requests"); // asking allocates a little by itself
    }

    @Test
    void aChangeKeepsTheCompiledRoutesAndIsSeen() {
        RouteTable before = new RouteTable(routes());
        RouteTable after = before.with(Map.of("r0", candidate(0, Kind.EXACT, "/moved", "")));
        assertNull(after.match("GET", "", pathOf(0), null, NONE));
        assertEquals("r0", after.match("GET", "", "/moved", null, NONE).id());
        assertEquals("r0", before.match("GET", "", pathOf(0), null, NONE).id(), "the table before is as it was");
        Request other = Request.of(1);
        assertSame(before.match("GET", other.host, other.path, null, NONE),
                after.match("GET", other.host, other.path, null, NONE));
        Map<String, Candidate> gone = new HashMap<>();
        gone.put("r0", null);
        assertNull(after.with(gone).match("GET", "", "/moved", null, NONE));
        assertEquals(ROUTES - 1, after.with(gone).size());
    }

    /// docs/gateway.md gives the figure.
    @Test
    void aCompiledRouteTakesFewBytes() {
        long bytes = new RouteTable(routes()).bytes() / ROUTES;
        assertTrue(bytes <= 120, bytes + " bytes a route in the compiled form");
    }
}
