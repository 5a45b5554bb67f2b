package io.shanhai.gateway.route;

import com.google.re2j.Pattern;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.route.RouteMatch.Kind;
import java.util.Comparator;

/// A route with what it matches. Immutable.
public final class Candidate {

    /// The total precedence: of two routes that both match a request the first in this order wins. `docs/gateway.md` says
    /// it in words. [PathTrie] finds routes in this order without comparing; this order joins the layers of a table.
    static final Comparator<Candidate> PRECEDENCE = Comparator.comparing(Candidate::match, Candidate::byHost)
            .thenComparing(Candidate::match, Comparator.comparing(RouteMatch::kind))
            .thenComparing(Candidate::byPath)
            .thenComparing(Candidate::byConditions);

    private final Route route;
    private final RouteMatch match;
    private final long createRevision;
    private final Conditions conditions;
    private final Pattern pattern;
    /// Of a TEMPLATE, which segments are parameters, as text that sorts; `""` for any other. Few different ones: shared.
    private final String shape;
    /// Of a REGEX, how many literal segments it hangs behind; 0 for any other.
    private final int literalSegments;

    /// @param createRevision revision at which the route was first written: the older one wins a tie
    /// @throws com.google.re2j.PatternSyntaxException when a pattern is none
    public Candidate(Route route, RouteMatch match, long createRevision) {
        this.route = route;
        this.match = match;
        this.createRevision = createRevision;
        this.conditions = Conditions.of(match);
        this.pattern = match.kind() == Kind.REGEX ? Pattern.compile(match.path()) : null;
        this.shape = match.kind() == Kind.TEMPLATE ? shape(match.path()).intern() : "";
        this.literalSegments = match.kind() == Kind.REGEX ? LiteralStart.of(match.path()).size() : 0;
    }

    public Route route() {
        return route;
    }

    public RouteMatch match() {
        return match;
    }

    public long createRevision() {
        return createRevision;
    }

    /// Null when method, headers and query may be anything.
    Conditions conditions() {
        return conditions;
    }

    /// Of a REGEX match; null for any other.
    Pattern pattern() {
        return pattern;
    }

    /// The rules of the Gateway API (HTTPRouteRule) among routes whose host and path are equally specific: a method match,
    /// then most header matches, then most query matches, then the oldest, then the id.
    static int byConditions(Candidate a, Candidate b) {
        int order = Boolean.compare(a.match.methods().isEmpty(), b.match.methods().isEmpty());
        order = order != 0 ? order : Integer.compare(b.match.headers().size(), a.match.headers().size());
        order = order != 0 ? order : Integer.compare(b.match.query().size(), a.match.query().size());
        order = order != 0 ? order : Long.compare(a.createRevision, b.createRevision);
        return order != 0 ? order : a.route.id().compareTo(b.route.id());
    }

    /// An exact host, then the longest wildcard, then routes without one.
    private static int byHost(RouteMatch a, RouteMatch b) {
        int order = Integer.compare(hostRank(a), hostRank(b));
        return order != 0 || !a.isWildcard() ? order : Integer.compare(b.host().length(), a.host().length());
    }

    private static int hostRank(RouteMatch match) {
        return match.host().isEmpty() ? 2 : match.isWildcard() ? 1 : 0;
    }

    /// Of two paths of the same kind.
    private static int byPath(Candidate a, Candidate b) {
        return switch (a.match.kind()) {
            case EXACT -> 0;
            case TEMPLATE -> a.shape.compareTo(b.shape);
            case REGEX -> byPattern(a, b);
            case PREFIX -> Integer.compare(b.match.path().length(), a.match.path().length());
        };
    }

    /// The pattern behind more literal segments, then the longer one, then the one earlier in the alphabet.
    static int byPattern(Candidate a, Candidate b) {
        String left = a.match.path();
        String right = b.match.path();
        int order = Integer.compare(b.literalSegments, a.literalSegments);
        order = order != 0 ? order : Integer.compare(right.length(), left.length());
        return order != 0 ? order : left.compareTo(right);
    }

    /// A literal segment sorts before a parameter, at the first segment where two differ in that.
    private static String shape(String path) {
        StringBuilder shape = new StringBuilder();
        for (String segment : path.split("/", -1)) {
            shape.append(isParameter(segment) ? 'p' : 'l');
        }
        return shape.toString();
    }

    static boolean isParameter(String segment) {
        return segment.startsWith("{") && segment.endsWith("}");
    }

    @Override
    public String toString() {
        return route.id() + ": " + match.describe();
    }
}
