package io.shanhai.gateway.plan;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Pool.Exclusion;
import io.shanhai.registry.Address;
import io.shanhai.registry.Instance;
import io.shanhai.registry.Instance.Status;
import io.shanhai.registry.ServiceView;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Builds pools out of what the registry knows. Cursors outlive pools. Used by the planner's thread alone.
final class Pools {

    private static final int MAX_EXCLUSIONS = 16; // for explanations; a pool of thousands need not carry all its dead

    private final Map<String, AtomicInteger> cursors = new HashMap<>();

    /// Name of the pool of a service, or of the part of it that carries all `tags`.
    static String name(String service, SortedMap<String, String> tags) {
        return tags.isEmpty() ? service : service + tags; // TreeMap prints {a=b, c=d}
    }

    static String name(Address upstream) {
        return "http://" + upstream;
    }

    Pool fixed(Address upstream) {
        List<Endpoint> endpoints = new ArrayList<>();
        List<Exclusion> excluded = new ArrayList<>();
        add(upstream.toString(), 1, endpoints, excluded);
        return pool(name(upstream), endpoints, excluded);
    }

    Pool of(ServiceView view, SortedMap<String, String> tags) {
        boolean anyUp = view.instances().stream().anyMatch(i -> i.status() == Status.UP && i.weight() > 0);
        List<Endpoint> endpoints = new ArrayList<>();
        List<Exclusion> excluded = new ArrayList<>();
        for (Instance instance : view.instances()) {
            String why = exclusion(instance, tags, anyUp);
            if (why == null) {
                add(instance.address(), instance.weight(), endpoints, excluded);
            } else {
                exclude(excluded, instance.address(), why);
            }
        }
        view.departed().forEach(
                d -> exclude(excluded, d.address(), "left at revision " + d.revision() + " (" + d.at() + "): " + d.why()));
        return pool(name(view.service(), tags), endpoints, excluded);
    }

    private Pool pool(String name, List<Endpoint> endpoints, List<Exclusion> excluded) {
        return new Pool(name, endpoints, excluded, cursors.computeIfAbsent(name, _ -> new AtomicInteger()));
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
    private static void add(String address, int weight, List<Endpoint> endpoints, List<Exclusion> excluded) {
        Address parsed = Address.parse(address);
        InetSocketAddress resolved = new InetSocketAddress(parsed.host(), parsed.port());
        if (resolved.isUnresolved()) {
            exclude(excluded, address, "host name " + parsed.host() + " cannot be resolved");
        } else {
            endpoints.add(new Endpoint(address, resolved, weight));
        }
    }

    private static void exclude(List<Exclusion> excluded, String address, String why) {
        if (excluded.size() < MAX_EXCLUSIONS) {
            excluded.add(new Exclusion(address, why));
        }
    }
}
