package io.shanhai.gateway;

import java.util.List;

/// Finds the route of a request. Immutable, safe for all threads.
public interface RouteMatcher {

    /// The route that wins, or null when none matches.
    ///
    /// @param host lower case, without port, `""` when unknown
    /// @param path without query, normal (see [NormalPath]), as it will be forwarded
    /// @param query without `?`, null when there is none
    Route match(String method, String host, String path, String query, RequestHeaders headers);

    /// The same verdict with its reasons. Slow; allocates.
    ///
    /// @param everyRoute false: losers are those whose path fits too, found in the time of a match;
    ///        true: those that come nearest say why too, up to a bound; the others are counted
    Explanation explain(String method, String host, String path, String query, RequestHeaders headers, boolean everyRoute);

    /// @param route the winner, null when none
    /// @param why what made it win, or that nothing matched
    /// @param losers others with what each one failed on, those that came closest first
    /// @param unnamed further losers that were looked at
    record Explanation(Route route, String why, List<Loser> losers, int unnamed) {
        public Explanation {
            losers = List.copyOf(losers);
        }
    }

    record Loser(String routeId, String why) {}
}
