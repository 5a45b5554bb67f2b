package io.shanhai.gateway.plan;

import io.shanhai.gateway.plan.RouteSpec.To;
import io.shanhai.registry.Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which pools the routes name, each with how to build it, kept up route by route. Used by the planner's thread alone.
final class PoolSources {

    /// What a pool is built of.
    sealed interface Source permits OfService, Fixed {}

    /// @param isHashed a route shares its requests by consistent hash
    record Wanted(String name, Source source, boolean isHashed) {}

    record OfService(String service, SortedMap<String, String> tags) implements Source {}

    record Fixed(Address address) implements Source {}

    private final Map<String, Use> uses = new HashMap<>();
    private final Map<String, Share> byRoute = new HashMap<>();
    private final Map<String, Set<String>> byService = new HashMap<>();
    /// Named, or hashed, for the first time since [#stale] was asked.
    private final Set<String> fresh = new HashSet<>();

    private static final class Use {
        private final Source source;
        private int routes;
        private int hashing;

        Use(Source source) {
            this.source = source;
        }
    }

    /// @param pools of one route
    private record Share(Set<String> pools, boolean isHashed) {}

    /// The route goes there now, and nowhere else.
    ///
    /// @param mirror where its copies go, null for nowhere
    void use(String route, To to, To mirror, boolean isHashed) {
        Map<String, Source> wanted = sources(to);
        if (mirror != null) {
            wanted.putAll(sources(mirror));
        }
        wanted.forEach((name, source) -> {
            Use use = uses.computeIfAbsent(name, _ -> added(name, source));
            use.routes++;
            if (isHashed && use.hashing++ == 0) {
                fresh.add(name);
            }
        });
        release(byRoute.put(route, new Share(Set.copyOf(wanted.keySet()), isHashed)));
    }

    void forget(String route) {
        release(byRoute.remove(route));
    }

    private Use added(String name, Source source) {
        fresh.add(name);
        if (source instanceof OfService(String service, _)) {
            byService.computeIfAbsent(service, _ -> new HashSet<>()).add(name);
        }
        return new Use(source);
    }

    private void release(Share share) {
        for (String name : share == null ? Set.<String>of() : share.pools) {
            Use use = uses.get(name);
            use.hashing -= share.isHashed ? 1 : 0;
            if (--use.routes > 0) {
                continue;
            }
            uses.remove(name);
            if (use.source instanceof OfService(String service, _)) {
                byService.computeIfPresent(service, (_, pools) -> pools.remove(name) && pools.isEmpty() ? null : pools);
            }
        }
    }

    /// Every pool that a route names.
    Set<String> names() {
        return uses.keySet();
    }

    /// Pools to build: those that were not named before, and those of changed services.
    List<Wanted> stale(Set<String> servicesChanged) {
        Set<String> names = new HashSet<>(fresh);
        servicesChanged.forEach(service -> names.addAll(byService.getOrDefault(service, Set.of())));
        fresh.clear();
        List<Wanted> stale = new ArrayList<>();
        for (String name : names) {
            Use use = uses.get(name);
            if (use != null) {
                stale.add(new Wanted(name, use.source, use.hashing > 0));
            }
        }
        return stale;
    }

    private static Map<String, Source> sources(To to) {
        Map<String, Source> sources = new HashMap<>();
        switch (to) {
            case To.Service(String service) -> sources.put(service, new OfService(service, new TreeMap<>()));
            case To.Upstream(var address) -> sources.put(Pools.name(address), new Fixed(address));
            case To.Split split -> split.shares().forEach(
                    s -> sources.put(Pools.name(s.service(), s.tags()), new OfService(s.service(), s.tags())));
            case To.Respond _ -> {
            }
        }
        return sources;
    }
}
