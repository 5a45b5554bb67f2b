package io.shanhai.gateway;

import java.util.Map;

/// Everything the data plane needs to treat a request, at one store revision. Immutable; a request reads it once and
/// keeps it to its end.
///
/// @param revision the store revision it was compiled from
/// @param routes finds the route
/// @param pools by name; every pool a route names is there, if only empty
public record Plan(long revision, RouteMatcher routes, Map<String, Pool> pools) {

    public Plan {
        pools = Map.copyOf(pools);
    }
}
