package io.shanhai.gateway;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The endpoints of one service (or of one subset of it) at one revision. Immutable but for the cursor, which lives on
/// when a new Plan replaces the pool: round robin is one cursor per pool and node.
///
/// @param name the service, `service{tag=value}` for a subset, or `host:port` of a fixed upstream
/// @param endpoints those that may get traffic, in a stable order
/// @param excluded those that may not, and why
/// @param cursor shared by all requests
public record Pool(String name, List<Endpoint> endpoints, List<Exclusion> excluded, AtomicInteger cursor) {

    /// @param why `DOWN: lease expired`, `weight 0`, …
    public record Exclusion(String address, String why) {}

    public Pool {
        endpoints = List.copyOf(endpoints);
        excluded = List.copyOf(excluded);
    }
}
