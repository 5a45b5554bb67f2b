package io.shanhai.gateway;

import java.util.List;

/// Finds the route of a request. Immutable, safe for all threads.
public interface RouteMatcher {

    /// The route that wins, or null when none matches.
    ///
    /// @param host lower case, without port, `""` when unknown
    /// @param path without query, as it will be forwarded
    Route match(String method, String host, String path, RequestHeaders headers);

    /// The same verdict with its reasons; slow, for people.
    Explanation explain(String method, String host, String path, RequestHeaders headers);

    /// @param route the winner, null when none
    /// @param why what made it win
    /// @param losers the others with what each one failed on, those that came closest first
    record Explanation(Route route, String why, List<Loser> losers) {
        public Explanation {
            losers = List.copyOf(losers);
        }
    }

    record Loser(String routeId, String why) {}
}
