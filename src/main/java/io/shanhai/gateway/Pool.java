package io.shanhai.gateway;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// The endpoints of one service (or of one subset of it) at one revision. Immutable but for its state, which lives on when
/// a new Plan replaces the pool: round robin is one cursor per pool and node.
public final class Pool {

    private final String name;
    private final List<Endpoint> endpoints;
    private final List<Exclusion> excluded;
    private final PoolState state;
    private final int[] schedule;
    private final int[] hashed;

    /// @param why `DOWN: lease expired`, `weight 0`, …
    public record Exclusion(String address, String why) {}

    public Pool(String name, List<Endpoint> endpoints, List<Exclusion> excluded, AtomicInteger cursor) {
        this(name, endpoints, excluded, new PoolState(cursor), false);
    }

    /// @param name the service, `service{tag=value}` for a subset, or `host:port` of a fixed upstream
    /// @param endpoints those that may get traffic, in a stable order; weights above 0
    /// @param excluded those that may not, and why
    /// @param state shared by all requests and by this pool's successors
    /// @param isHashed a route shares its requests by consistent hash: the table for that is built now
    public Pool(String name, List<Endpoint> endpoints, List<Exclusion> excluded, PoolState state, boolean isHashed) {
        this.name = name;
        this.endpoints = List.copyOf(endpoints);
        this.excluded = List.copyOf(excluded);
        this.state = state;
        this.schedule = Schedule.of(endpoints.stream().mapToInt(Endpoint::weight).toArray());
        this.hashed = isHashed && !endpoints.isEmpty() ? Maglev.table(this.endpoints) : new int[0];
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

    public PoolState state() {
        return state;
    }

    /// The next endpoint by weighted round robin, null when the pool is empty. Safe for all threads, no allocation.
    public Endpoint next() {
        return schedule.length == 0
                ? null
                : endpoints.get(schedule[Math.floorMod(state.cursor().getAndIncrement(), schedule.length)]);
    }

    /// A number that no other request of this pool gets: for choices that should differ from request to request.
    public int turn() {
        return state.dice().getAndIncrement();
    }

    /// The endpoint of a consistent hash. Not of an empty pool.
    ///
    /// @param step 0 for the key's own endpoint, 1, 2, … for those that stand in for it
    public Endpoint hashed(long hash, int step) {
        if (hashed.length == 0) {
            return next(); // published before a route asked for a table
        }
        int slot = (int) Long.remainderUnsigned(hash, hashed.length);
        return endpoints.get(hashed[(slot + step) % hashed.length]);
    }
}
