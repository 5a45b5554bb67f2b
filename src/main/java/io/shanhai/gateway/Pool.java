package io.shanhai.gateway;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The endpoints of one service (or of one subset of it) at one revision. Immutable but for the cursor, which lives on
/// when a new Plan replaces the pool: round robin is one cursor per pool and node.
public final class Pool {

    private final String name;
    private final List<Endpoint> endpoints;
    private final List<Exclusion> excluded;
    private final AtomicInteger cursor;
    private final int[] schedule;

    /// @param why `DOWN: lease expired`, `weight 0`, …
    public record Exclusion(String address, String why) {}

    /// @param name the service, `service{tag=value}` for a subset, or `host:port` of a fixed upstream
    /// @param endpoints those that may get traffic, in a stable order; weights above 0
    /// @param excluded those that may not, and why
    /// @param cursor shared by all requests and by this pool's successors
    public Pool(String name, List<Endpoint> endpoints, List<Exclusion> excluded, AtomicInteger cursor) {
        this.name = name;
        this.endpoints = List.copyOf(endpoints);
        this.excluded = List.copyOf(excluded);
        this.cursor = cursor;
        this.schedule = Schedule.of(endpoints.stream().mapToInt(Endpoint::weight).toArray());
    }

    public String name() {
        return name;
    }

    public List<Endpoint> endpoints() {
        return endpoints;
    }

    public List<Exclusion> excluded() {
        return excluded;
    }

    public AtomicInteger cursor() {
        return cursor;
    }

    /// The next endpoint by weighted round robin, null when the pool is empty. Safe for all threads, no allocation.
    ///
    /// @param avoid not this one unless it is the only one; null to take any
    public Endpoint next(Endpoint avoid) {
        if (schedule.length == 0) {
            return null;
        }
        Endpoint chosen = endpoints.get(schedule[Math.floorMod(cursor.getAndIncrement(), schedule.length)]);
        if (avoid == null || endpoints.size() == 1 || !chosen.address().equals(avoid.address())) {
            return chosen;
        }
        for (Endpoint other : endpoints) {
            if (!other.address().equals(avoid.address())) {
                return other;
            }
        }
        return chosen;
    }
}
