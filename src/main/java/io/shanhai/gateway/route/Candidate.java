package io.shanhai.gateway.route;

import io.shanhai.gateway.Route;
import java.util.Comparator;

/// A route with what it matches.
///
/// @param createRevision revision at which the route was first written: the older one wins a tie
public record Candidate(Route route, RouteMatch match, long createRevision) {

    /// Among routes whose host and path are equally specific: the rules of the Gateway API (HTTPRouteRule): a method
    /// match, then most header matches, then most query matches, then the oldest, then the id.
    static final Comparator<Candidate> PRECEDENCE = Comparator.comparing((Candidate c) -> c.match.methods().isEmpty())
            .thenComparing(c -> -c.match.headers().size())
            .thenComparing(c -> -c.match.query().size())
            .thenComparing(Candidate::createRevision)
            .thenComparing(c -> c.route.id());
}
