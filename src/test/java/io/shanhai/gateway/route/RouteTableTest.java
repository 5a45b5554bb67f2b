package io.shanhai.gateway.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.gateway.HeadersOf;
import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMatcher.Explanation;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.route.RouteMatch.Field;
import io.shanhai.gateway.route.RouteMatch.Kind;
import io.shanhai.metrics.PrometheusMetrics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {

    private static final RequestHeaders NO_HEADERS = HeadersOf.none();

    private final List<Candidate> candidates = new ArrayList<>();

    private static Route route(String id) {
        return new Route(id, 1, new Target.ToPool("pool"), Route.Rewrite.NONE, 1, Route.Retries.NONE, List.of(),
                new RouteMeters(new PrometheusMetrics(), id));
    }

    private void add(String id, Kind kind, String path) {
        add(id, new RouteMatch(kind, path, "", Set.of(), List.of(), List.of()));
    }

    private void add(String id, RouteMatch match) {
        candidates.add(new Candidate(route(id), match, candidates.size() + 1));
    }

    private String match(String method, String host, String path, String query, RequestHeaders headers) {
        Route found = new RouteTable(candidates).match(method, host, path, query, headers);
        return found == null ? null : found.id();
    }

    private String get(String path) {
        return match("GET", "", path, null, NO_HEADERS);
    }

    @ParameterizedTest
    @CsvSource({"/api,api", "/api/,api", "/api/v1/users,users", "/api/v1/users/7,user", "/api/v1/users/me,me",
            "/api/v1/users/7/orders,users", "/api/v1/usersx,api", "/apix,root", "/,root", "/api/v1/users/,users"})
    void mostSpecificPathWins(String path, String expected) {
        add("root", Kind.PREFIX, "/");
        add("api", Kind.PREFIX, "/api/");
        add("users", Kind.PREFIX, "/api/v1/users");
        add("user", Kind.TEMPLATE, "/api/v1/users/{id}");
        add("me", Kind.EXACT, "/api/v1/users/me");
        assertEquals(expected, get(path));
    }

    @Test
    void literalSegmentOfATemplateBeatsAParameter() {
        add("any", Kind.TEMPLATE, "/a/{x}/c");
        add("literal", Kind.TEMPLATE, "/a/b/{y}");
        assertEquals("literal", get("/a/b/c"));
        assertEquals("any", get("/a/z/c"));
        assertNull(get("/a//c"), "a parameter stands for a segment that is not empty");
    }

    @Test
    void templateGoesBackWhenTheLiteralBranchEndsNowhere() {
        add("deep", Kind.TEMPLATE, "/a/b/c/d");
        add("any", Kind.TEMPLATE, "/a/{x}/c");
        assertEquals("any", get("/a/b/c"));
    }

    @ParameterizedTest
    @CsvSource({"shop.example,exact", "www.shop.example,wide", "a.b.shop.example,wide", "x.example,wider", "example,any",
            "'',any"})
    void mostSpecificHostWins(String host, String expected) {
        add("any", new RouteMatch(Kind.EXACT, "/", "", Set.of(), List.of(), List.of()));
        add("wider", new RouteMatch(Kind.PREFIX, "/", "*.example", Set.of(), List.of(), List.of()));
        add("wide", new RouteMatch(Kind.PREFIX, "/", "*.shop.example", Set.of(), List.of(), List.of()));
        add("exact", new RouteMatch(Kind.PREFIX, "/", "SHOP.example", Set.of(), List.of(), List.of()));
        assertEquals(expected, match("GET", host, "/", null, NO_HEADERS));
    }

    @Test
    void aRouteThatFailsOnItsHeaderGivesWayToALessSpecificPath() {
        add("beta", new RouteMatch(Kind.EXACT, "/x", "", Set.of(), List.of(new Field("x-beta", "1")), List.of()));
        add("prefix", Kind.PREFIX, "/x");
        assertEquals("prefix", get("/x"));
        assertEquals("beta", match("GET", "", "/x", null, HeadersOf.of("X-Beta", "1")));
    }

    @Test
    void methodThenHeadersThenQueryThenAgeThenIdDecideATie() {
        add("z-old", Kind.PREFIX, "/x");
        add("a-young", Kind.PREFIX, "/x");
        add("query", new RouteMatch(Kind.PREFIX, "/x", "", Set.of(), List.of(), List.of(new Field("v", "2"))));
        add("header", new RouteMatch(Kind.PREFIX, "/x", "", Set.of(), List.of(new Field("h", "1")), List.of()));
        add("method", new RouteMatch(Kind.PREFIX, "/x", "", Set.of("POST"), List.of(), List.of()));
        RequestHeaders header = HeadersOf.of("h", "1");
        assertEquals("method", match("POST", "", "/x", "v=2", header));
        assertEquals("header", match("GET", "", "/x", "v=2", header));
        assertEquals("query", match("GET", "", "/x", "a=b&v=2", NO_HEADERS));
        assertEquals("z-old", match("GET", "", "/x", "v=22&vv=2&v=", NO_HEADERS));
    }

    @Test
    void precedenceDoesNotDependOnTheOrderOfTheList() {
        add("a", Kind.PREFIX, "/");
        add("b", Kind.PREFIX, "/x");
        add("c", Kind.TEMPLATE, "/x/{y}");
        add("d", Kind.EXACT, "/x/1");
        add("e", new RouteMatch(Kind.PREFIX, "/x", "h.example", Set.of(), List.of(), List.of()));
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            Collections.shuffle(candidates, random);
            assertEquals("d", get("/x/1"));
            assertEquals("c", get("/x/2"));
            assertEquals("b", get("/x/2/3"));
            assertEquals("a", get("/y"));
            assertEquals("e", match("GET", "h.example", "/x/1", null, NO_HEADERS));
        }
    }

    @Test
    void explanationNamesTheWinnerAndWhyEachOtherLost() {
        add("root", Kind.PREFIX, "/");
        add("post", new RouteMatch(Kind.EXACT, "/x", "", Set.of("POST"), List.of(), List.of()));
        add("x", Kind.PREFIX, "/x");
        add("y", Kind.PREFIX, "/y");
        add("other", new RouteMatch(Kind.PREFIX, "/x", "h.example", Set.of(), List.of(), List.of()));
        Explanation why = new RouteTable(candidates).explain("GET", "", "/x", null, NO_HEADERS, true);
        assertEquals("x", why.route().id());
        assertEquals("prefix /x", why.why());
        assertEquals("[post, root, y, other]", why.losers().stream().map(l -> l.routeId()).toList().toString());
        assertEquals("method GET is not one of [POST]", why.losers().get(0).why());
        assertEquals("matches too, but x wins: path / is less specific than /x", why.losers().get(1).why());
        assertTrue(why.losers().get(2).why().startsWith("path /x does not match prefix /y"), why.losers().get(2).why());
        assertEquals("host (none) is not h.example", why.losers().get(3).why());
        assertEquals(2, new RouteTable(candidates).explain("GET", "", "/x", null, NO_HEADERS, false).losers().size());
    }

    /// The tree against a straightforward reading of the rules, on random tables and requests.
    @Test
    void agreesWithASlowReference() {
        Random random = new Random(42);
        String[] segments = {"a", "b", "ab", "{p}", ""};
        for (int round = 0; round < 300; round++) {
            candidates.clear();
            for (int i = 0; i < 12; i++) {
                Kind kind = Kind.values()[random.nextInt(3)];
                StringBuilder path = new StringBuilder();
                for (int s = 0; s <= random.nextInt(3); s++) {
                    String segment = segments[random.nextInt(segments.length)];
                    path.append('/').append(kind != Kind.TEMPLATE && segment.equals("{p}") ? "c" : segment);
                }
                Set<String> methods = random.nextInt(3) == 0 ? Set.of("POST") : Set.of();
                add("r" + i, new RouteMatch(kind, path.toString(), "", methods, List.of(), List.of()));
            }
            for (int i = 0; i < 30; i++) {
                StringBuilder path = new StringBuilder();
                for (int s = 0; s <= random.nextInt(3); s++) {
                    path.append('/').append(new String[]{"a", "b", "ab", "c", ""}[random.nextInt(5)]);
                }
                assertEquals(Reference.match(candidates, path.toString()), get(path.toString()),
                        () -> path + " in " + candidates);
            }
        }
    }

    /// Tries every candidate and keeps the best by comparing rank lists.
    private static final class Reference {

        static String match(List<Candidate> all, String path) {
            Candidate best = null;
            for (Candidate candidate : all) {
                if (fits(candidate.match(), path) && candidate.match().fits("GET", null, NO_HEADERS)
                        && (best == null || beats(candidate, best))) {
                    best = candidate;
                }
            }
            return best == null ? null : best.route().id();
        }

        private static boolean fits(RouteMatch match, String path) {
            return switch (match.kind()) {
                case EXACT -> match.path().equals(path);
                case PREFIX -> match.path().equals("/") || path.equals(match.path()) || path.startsWith(match.path() + "/");
                case TEMPLATE -> path.matches(match.path().replace("{p}", "[^/]+"));
            };
        }

        private static boolean beats(Candidate a, Candidate b) {
            if (a.match().kind() != b.match().kind()) {
                return a.match().kind().ordinal() < b.match().kind().ordinal();
            }
            if (!a.match().path().equals(b.match().path())) {
                // literal before parameter at the first difference; a longer prefix before a shorter one
                return a.match().kind() == Kind.TEMPLATE
                        ? literals(a).compareTo(literals(b)) < 0
                        : a.match().path().length() > b.match().path().length();
            }
            return Candidate.PRECEDENCE.compare(a, b) < 0;
        }

        private static String literals(Candidate candidate) {
            return candidate.match().path().replaceAll("\\{p}", "1").replaceAll("/[^1/]*(?=/|$)", "/0");
        }
    }
}
