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
import io.shanhai.gateway.route.RouteMatch.How;
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

    @ParameterizedTest
    @CsvSource({"/v1/items/7,number", "/v1/items/seven,word", "/v1/items/SEVEN,items", "/v1/items/7/x,items", "/v2/items/7,any",
            "/v1/items/me,exact", "/v1/items,items", "/zzz,root"})
    void aPatternComesAfterTemplatesAndBeforePrefixes(String path, String expected) {
        add("root", Kind.PREFIX, "/");
        add("items", Kind.PREFIX, "/v1/items");
        add("number", Kind.REGEX, "/v1/items/[0-9]+");
        add("word", Kind.REGEX, "/v1/items/[a-z]+");
        add("any", Kind.REGEX, "/v[0-9]+/items/[^/]+[0-9]?");
        add("exact", Kind.EXACT, "/v1/items/me");
        candidates.removeIf(c -> c.route().id().equals("any") && path.startsWith("/v1"));
        assertEquals(expected, get(path));
    }

    @Test
    void ofTwoPatternsTheOneBehindMoreLiteralSegmentsWinsThenTheLonger() {
        add("wide", Kind.REGEX, "/.*/with/a/very/long/pattern/.*|/a/b/c");
        add("longer", Kind.REGEX, "/a/[b-d]/c");
        add("deeper", Kind.REGEX, "/a/b/.");
        assertEquals("deeper", get("/a/b/c"));
        assertEquals("longer", get("/a/c/c"));
        add("template", Kind.TEMPLATE, "/a/{x}/c");
        assertEquals("template", get("/a/b/c"));
    }

    @Test
    void aPatternMustMatchTheWholePath() {
        add("r", Kind.REGEX, "/a|/b/c?");
        assertEquals("r", get("/a"));
        assertEquals("r", get("/b/"));
        assertNull(get("/ax"));
        assertNull(get("/x/a"));
    }

    /// Re2 is linear: the classic bomb of a backtracking matcher is answered at once.
    @Test
    void aHostilePatternTakesLinearTime() {
        add("bomb", Kind.REGEX, "/(a*)*b");
        assertNull(get("/" + "a".repeat(8_000)));
    }

    @ParameterizedTest
    @CsvSource({"/a/b,2", "/a/[b],1", "/a/b/[c],2", "/ab*/c,0", "/ab/?c,0", "/a/b?,1", "^/a/b$,1", "/a/b|/c,0", "/a/(b|c),1",
            "/a/[|]b,0", "(?i)/a/b,0", ".*,0", "/a/b/,3"})
    void aPatternHangsBehindItsLiteralSegments(String pattern, int segments) {
        assertEquals(segments, LiteralStart.of(pattern).size(), () -> LiteralStart.of(pattern).toString());
    }

    @Test
    void headersAndQueryMatchByPresenceAbsenceAndPattern() {
        add("present", new RouteMatch(Kind.PREFIX, "/", "", Set.of(), List.of(new Field("a", How.PRESENT, "")), List.of()));
        add("like", new RouteMatch(Kind.PREFIX, "/", "", Set.of(),
                List.of(new Field("a", How.REGEX, "v[0-9]+"), new Field("b", How.ABSENT, "")), List.of()));
        add("query", new RouteMatch(Kind.PREFIX, "/", "", Set.of(), List.of(), List.of(new Field("q", How.REGEX, "x.*"))));
        add("flag", new RouteMatch(Kind.PREFIX, "/", "", Set.of(), List.of(), List.of(new Field("flag", How.PRESENT, ""))));
        assertEquals("like", match("GET", "", "/", null, HeadersOf.of("A", "v12")));
        assertEquals("present", match("GET", "", "/", null, HeadersOf.of("a", "v12", "b", "")));
        assertEquals("present", match("GET", "", "/", null, HeadersOf.of("a", "w")));
        assertEquals("query", match("GET", "", "/", "p=1&q=xyz&q=y", NO_HEADERS));
        assertEquals("flag", match("GET", "", "/", "q=y&flag", NO_HEADERS));
        assertNull(match("GET", "", "/", "q=y&flags&xflag=1", NO_HEADERS));
    }

    @Test
    void anyLineOfAHeaderMayFit() {
        add("beta", new RouteMatch(Kind.PREFIX, "/", "", Set.of(), List.of(new Field("x", "2")), List.of()));
        assertEquals("beta", match("GET", "", "/", null, HeadersOf.of("x", "1", "X", "2")));
        assertNull(match("GET", "", "/", null, HeadersOf.of("x", "1, 2")));
    }

    @Test
    void theStarOfOptionsIsMatchedByThePrefixOfEverythingOnly() {
        add("exact", Kind.EXACT, "/");
        add("template", Kind.TEMPLATE, "/");
        assertNull(match("OPTIONS", "", "*", null, NO_HEADERS));
        add("root", Kind.PREFIX, "/");
        assertEquals("root", match("OPTIONS", "", "*", null, NO_HEADERS));
    }

    @Test
    void theExplanationOfALargeTableNamesTheNearestAndCountsTheRest() {
        for (int i = 0; i < 1_000; i++) {
            add("r" + i, Kind.EXACT, "/items/" + i);
        }
        add("near", Kind.EXACT, "/orders/17/lines");
        Explanation why = new RouteTable(candidates).explain("GET", "", "/orders/17", null, NO_HEADERS, true);
        assertNull(why.route());
        assertEquals(RouteExplainer.MAX_LOSERS, why.losers().size());
        assertEquals("near", why.losers().getFirst().routeId());
        assertEquals(1_001 - RouteExplainer.MAX_LOSERS, why.unnamed());
    }
}
