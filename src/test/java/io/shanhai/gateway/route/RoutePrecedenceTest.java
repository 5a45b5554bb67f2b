package io.shanhai.gateway.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.HeadersOf;
import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.route.RouteMatch.Field;
import io.shanhai.gateway.route.RouteMatch.How;
import io.shanhai.gateway.route.RouteMatch.Kind;
import io.shanhai.metrics.PrometheusMetrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The table against [SlowMatcher] on random tables and requests from a small alphabet, so that routes collide often;
/// built at once, and grown change by change.
class RoutePrecedenceTest {

    private static final int TABLES = 150;
    private static final int REQUESTS = 60;
    private static final String[] HOSTS = {"", "", "a.example", "b.a.example", "*.example", "*.a.example", "*.b.a.example"};
    private static final String[] REQUEST_HOSTS = {"", "a.example", "b.a.example", "c.b.a.example", "example", "x", ".example"};
    private static final String[] SEGMENTS = {"a", "b", "ab", ""};
    private static final String[] PATTERNS = {"/a/[ab]+", "/a/.*", "/[a-b]", "/a/b/?", "/(a|b)/b", "/a|/b/b", ".*", "/ab?(/.*)?",
            "/a/[ab]+/b"};

    private static final RouteMeters METERS = new RouteMeters(new PrometheusMetrics(), "r");
    private Random random;

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private Candidate candidate(int i) {
        Kind kind = any(Kind.values());
        String path = kind == Kind.REGEX ? any(PATTERNS) : path(kind == Kind.TEMPLATE);
        Set<String> methods = random.nextInt(3) == 0 ? Set.of(any(new String[]{"GET", "POST"})) : Set.of();
        RouteMatch match = new RouteMatch(kind, path, any(HOSTS), methods, fields(), fields());
        Route route = new Route("r" + i, 1, new Target.ToPool("pool"), Route.Rewrite.NONE, 1, Route.Retries.NONE, List.of(),
                METERS);
        return new Candidate(route, match, random.nextInt(3));
    }

    private String path(boolean isTemplate) {
        StringBuilder path = new StringBuilder();
        for (int s = random.nextInt(3); s >= 0; s--) {
            path.append('/').append(isTemplate && random.nextInt(3) == 0 ? "{p}" : any(SEGMENTS));
        }
        return path.toString();
    }

    private List<Field> fields() {
        List<Field> fields = new ArrayList<>();
        while (random.nextInt(3) == 0) {
            How how = any(How.values());
            fields.add(new Field(any(new String[]{"h", "q"}), how, how == How.REGEX ? "[12]?" : any(new String[]{"1", "2", ""})));
        }
        return fields;
    }

    private RequestHeaders headers() {
        List<String> pairs = new ArrayList<>();
        while (random.nextInt(2) == 0) {
            pairs.addAll(List.of(any(new String[]{"h", "H", "q"}), any(new String[]{"1", "2"})));
        }
        // one line a name: a pattern is asked of all lines together, which is tested by itself
        Set<String> seen = new HashSet<>();
        List<String> single = new ArrayList<>();
        for (int i = 0; i < pairs.size(); i += 2) {
            if (seen.add(pairs.get(i).toLowerCase(java.util.Locale.ROOT))) {
                single.addAll(pairs.subList(i, i + 2));
            }
        }
        return new HeadersOf(single);
    }

    private String query() {
        return any(new String[]{null, "", "h=1", "q=2&h=1", "h", "q=3", "q=1&q=2"});
    }

    private int compare(RouteTable table, List<Candidate> routes) {
        int matched = 0;
        for (int i = 0; i < REQUESTS; i++) {
            String method = any(new String[]{"GET", "POST", "PUT"});
            String host = any(REQUEST_HOSTS);
            String path = path(false);
            String query = query();
            RequestHeaders headers = headers();
            Route found = table.match(method, host, path, query, headers);
            String id = found == null ? null : found.id();
            assertEquals(SlowMatcher.match(routes, method, host, path, query, headers), id,
                    () -> method + " " + host + " " + path + "?" + query + " in " + routes);
            Route explained = table.explain(method, host, path, query, headers, false).route();
            assertEquals(id, explained == null ? null : explained.id(), "the explanation names another winner");
            matched += id == null ? 0 : 1;
        }
        return matched;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aTableAgreesWithTheRulesReadOutLoud(long seed) {
        random = new Random(seed);
        int matched = 0;
        for (int table = 0; table < TABLES; table++) {
            List<Candidate> routes = new ArrayList<>();
            for (int i = random.nextInt(25); i >= 0; i--) {
                routes.add(candidate(i));
            }
            matched += compare(new RouteTable(routes), routes);
        }
        assertTrue(matched > TABLES * REQUESTS / 4, matched + " matches: the test asks past its tables");
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void aChangedTableAgreesToo(long seed) {
        random = new Random(seed);
        Map<String, Candidate> routes = new HashMap<>();
        RouteTable table = RouteTable.EMPTY;
        for (int step = 0; step < 200; step++) {
            Map<String, Candidate> changes = new HashMap<>();
            int count = step % 50 == 0 ? 200 : 1 + random.nextInt(4); // now and then so many that the table is built anew
            for (int i = 0; i < count; i++) {
                int number = random.nextInt(count > 100 ? 1_000 : 40);
                changes.put("r" + number, random.nextInt(3) == 0 ? null : candidate(number));
            }
            table = table.with(changes);
            changes.forEach((id, candidate) -> {
                if (candidate == null) {
                    routes.remove(id);
                } else {
                    routes.put(id, candidate);
                }
            });
            assertEquals(routes.size(), table.size());
            compare(table, List.copyOf(routes.values()));
        }
    }
}
