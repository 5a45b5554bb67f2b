package io.shanhai.gateway.plan;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Pool.Exclusion;
import io.shanhai.gateway.PoolState;
import io.shanhai.gateway.Vitals;
import io.shanhai.registry.Address;
import io.shanhai.registry.Instance;
import io.shanhai.registry.Instance.Status;
import io.shanhai.registry.ServiceView;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.LongSupplier;

/// Builds pools out of what the registry knows. What a pool has learnt about itself and its endpoints outlives it. Used by
/// the planner's thread alone.
final class Pools {

    private static final int MAX_EXCLUSIONS = 16; // for explanations; a pool of thousands need not carry all its dead

    private final LongSupplier nanoClock;
    private final Map<String, Memory> memories = new HashMap<>();

    /// What stays of a pool from Plan to Plan.
    private static final class Memory {
        private final PoolState state = new PoolState();
        /// By address, of the instances that are there now.
        private final Map<String, Vitals> vitals = new HashMap<>();
        /// It was built before, and not empty: who comes now joins others that are warm.
        private boolean hadMembers;
    }

    /// @param nanoClock `System::nanoTime`, but for tests
    Pools(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /// Name of the pool of a service, or of the part of it that carries all `tags`.
    static String name(String service, SortedMap<String, String> tags) {
        return tags.isEmpty() ? service : service + tags; // TreeMap prints {a=b, c=d}
    }

    static String name(Address upstream) {
        return "http://" + upstream;
    }

    /// @param isHashed a route shares by consistent hash
    Pool fixed(Address upstream, boolean isHashed) {
        List<Endpoint> endpoints = new ArrayList<>();
        List<Exclusion> excluded = new ArrayList<>();
        Memory memory = memory(name(upstream));
        add(upstream.toString(), 1, memory, endpoints, excluded);
        return new Pool(name(upstream), endpoints, excluded, memory.state, isHashed);
    }

    /// @param isHashed a route shares by consistent hash
    Pool of(ServiceView view, SortedMap<String, String> tags, boolean isHashed) {
        Memory memory = memory(name(view.service(), tags));
        boolean anyUp = view.instances().stream().anyMatch(i -> i.status() == Status.UP && i.weight() > 0);
        List<Endpoint> endpoints = new ArrayList<>();
        List<Exclusion> excluded = new ArrayList<>();
        for (Instance instance : view.instances()) {
            String why = exclusion(instance, tags, anyUp);
            if (why == null) {
                add(instance.address(), instance.weight(), memory, endpoints, excluded);
            } else {
                exclude(excluded, instance.address(), why);
            }
        }
        view.departed().forEach(
                d -> exclude(excluded, d.address(), "left at revision " + d.revision() + " (" + d.at() + "): " + d.why()));
        Set<String> present = new HashSet<>();
        view.instances().forEach(instance -> present.add(instance.address()));
        memory.vitals.keySet().retainAll(present); // who comes back is new
        memory.hadMembers = !endpoints.isEmpty();
        return new Pool(name(view.service(), tags), endpoints, excluded, memory.state, isHashed);
    }

    private Memory memory(String name) {
        return memories.computeIfAbsent(name, _ -> new Memory());
    }

    /// Pools nobody names any more are forgotten.
    void retain(Set<String> names) {
        memories.keySet().retainAll(names);
    }

    /// Null when the instance may get traffic.
    private static String exclusion(Instance instance, SortedMap<String, String> tags, boolean anyUp) {
        if (!instance.tags().entrySet().containsAll(tags.entrySet())) {
            return "tags " + instance.tags() + " lack " + tags;
        }
        if (instance.weight() == 0) {
            return "weight 0";
        }
        return switch (instance.status()) {
            case UP -> null;
            case SUSPECT -> anyUp ? "SUSPECT: " + instance.why() : null; // better than nothing, worse than any other
            case DOWN -> "DOWN: " + instance.why();
        };
    }

    // Names are looked up here, once per Plan, so that no request ever waits for DNS.
    private void add(String address, int weight, Memory memory, List<Endpoint> endpoints, List<Exclusion> excluded) {
        Address parsed = Address.parse(address);
        InetSocketAddress resolved = new InetSocketAddress(parsed.host(), parsed.port());
        if (resolved.isUnresolved()) {
            exclude(excluded, address, "host name " + parsed.host() + " cannot be resolved");
        } else {
            Vitals vitals = memory.vitals.computeIfAbsent(address,
                    _ -> memory.hadMembers ? new Vitals(nanoClock.getAsLong()) : new Vitals());
            endpoints.add(new Endpoint(address, resolved, weight, vitals));
        }
    }

    private static void exclude(List<Exclusion> excluded, String address, String why) {
        if (excluded.size() < MAX_EXCLUSIONS) {
            excluded.add(new Exclusion(address, why));
        }
    }
}
