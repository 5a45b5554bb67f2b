package io.shanhai.gateway.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMatcher;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.filter.LimitFilter;
import io.shanhai.gateway.filter.LimitFilter.Bound;
import io.shanhai.gateway.plan.RouteSpec.Share;
import io.shanhai.gateway.plan.RouteSpec.To;
import io.shanhai.gateway.route.Candidate;
import io.shanhai.gateway.route.RouteTable;
import io.shanhai.membership.Membership;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.registry.Address;
import io.shanhai.registry.Registry;
import io.shanhai.store.ChangeFeed;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Watch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows routes, limits and instances and publishes a new Plan after each revision that changes one of them.
/// An object that cannot be compiled keeps its last good version, is counted, and says why in [#problems()]; every
/// other change still goes through. Runs on the change feed's thread; subscribes after the registry, so that it sees
/// the registry's state of the same revision.
public final class Planner {

    private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

    private final LivePlan live;
    private final Membership membership;
    private final Registry registry;
    private final Metrics metrics;
    private final Limits limits;
    private final Pools poolFactory = new Pools();
    private final Counter invalid;
    private final Counter published;

    private final SortedMap<String, Stored<RouteSpec>> routes = new TreeMap<>();
    private final SortedMap<String, Stored<LimitSpec>> limitSpecs = new TreeMap<>();
    private final Map<String, Compiled> compiled = new HashMap<>();
    /// Pools that routes name, each with how to build it.
    private final Map<String, PoolSource> sources = new HashMap<>();
    private final Map<String, Pool> pools = new HashMap<>();
    /// Objects whose last version cannot be read, and routes that name a limit which is not there.
    private final Map<String, String> unreadable = new ConcurrentHashMap<>();
    private final Map<String, String> unresolved = new ConcurrentHashMap<>();
    private RouteMatcher table = RouteTable.EMPTY;
    private boolean routesChanged = true;
    private final Set<String> servicesChanged = new HashSet<>();

    private record Stored<T>(T spec, long createRevision, long modRevision) {}

    /// A route with the revisions of all it was compiled from: the route itself, then its limits in order.
    private record Compiled(Route route, List<Long> from) {}

    private sealed interface PoolSource {
        record OfService(String service, SortedMap<String, String> tags) implements PoolSource {}

        record Fixed(Address address) implements PoolSource {}
    }

    public Planner(ChangeFeed feed, Registry registry, LivePlan live, Membership membership, Metrics metrics) {
        this.live = live;
        this.membership = membership;
        this.registry = registry;
        this.metrics = metrics;
        this.limits = new Limits(metrics);
        this.invalid = metrics.counter("shanhai_plan_invalid_total", "Stored objects that could not be compiled.");
        this.published = metrics.counter("shanhai_plan_published_total", "Plans published.");
        metrics.gauge("shanhai_plan_problems", "Stored objects whose last version could not be compiled.",
                () -> problems().size());
        metrics.gauge("shanhai_plan_revision", "Store revision the data plane serves.", () -> live.current().revision());
        registry.watch(view -> servicesChanged.add(view.service()));
        feed.subscribe(Kind.ROUTE.prefix(), new Objects<>(Kind.ROUTE, routes) {
            @Override
            RouteSpec parse(KeyValue kv) throws JsonProcessingException {
                return RouteSpec.parse(CheckedSpec.stored(kv));
            }
        });
        feed.subscribe(Kind.LIMIT.prefix(), new Objects<>(Kind.LIMIT, limitSpecs) {
            @Override
            LimitSpec parse(KeyValue kv) throws JsonProcessingException {
                return LimitSpec.parse(CheckedSpec.stored(kv));
            }

            @Override
            public void settled(long revision) {
                publish(revision); // the last of all subscribers
            }
        });
    }

    /// What is wrong with stored objects, by `kind/id`. Safe for all threads.
    public SortedMap<String, String> problems() {
        SortedMap<String, String> problems = new TreeMap<>(unresolved);
        problems.putAll(unreadable);
        return problems;
    }

    /// One of them and how many there are; empty when there is none. Safe for all threads.
    public Optional<String> firstProblem() {
        SortedMap<String, String> problems = problems();
        return problems.entrySet().stream().findFirst()
                .map(first -> problems.size() + " stored object(s) cannot be used, such as " + first.getKey() + ": "
                        + first.getValue());
    }

    private abstract class Objects<T> implements ChangeFeed.Consumer {
        private final Kind kind;
        private final Map<String, Stored<T>> known;

        Objects(Kind kind, Map<String, Stored<T>> known) {
            this.kind = kind;
            this.known = known;
        }

        abstract T parse(KeyValue kv) throws JsonProcessingException;

        @Override
        public void reset(long revision, List<KeyValue> state) {
            Set<String> present = new HashSet<>();
            for (KeyValue kv : state) {
                present.add(kind.id(kv.key()));
                put(kv);
            }
            for (String id : List.copyOf(known.keySet())) {
                if (!present.contains(id)) {
                    remove(id);
                }
            }
        }

        @Override
        public void apply(long revision, List<Watch.Event> events) {
            for (Watch.Event event : events) {
                switch (event.kind()) {
                    case PUT -> put(event.kv());
                    case DELETE -> remove(kind.id(event.kv().key()));
                }
            }
        }

        private void put(KeyValue kv) {
            String id = kind.id(kv.key());
            try {
                known.put(id, new Stored<>(parse(kv), kv.createRevision(), kv.modRevision()));
                unreadable.remove(kind.word() + "/" + id);
                routesChanged = true;
            } catch (InvalidSpecException | JsonProcessingException e) {
                problem(unreadable, kind.word() + "/" + id, "revision " + kv.modRevision() + ": " + e.getMessage());
            }
        }

        private void remove(String id) {
            known.remove(id);
            unreadable.remove(kind.word() + "/" + id);
            unresolved.remove(kind.word() + "/" + id);
            if (kind == Kind.LIMIT) {
                limits.remove(id);
            } else {
                compiled.remove(id);
            }
            routesChanged = true;
        }
    }

    private void problem(Map<String, String> problems, String object, String why) {
        if (!why.equals(problems.put(object, why))) {
            invalid.increment();
            LOG.warn("{} cannot be used, its last good version stays: {}", object, why);
        }
    }

    private void publish(long revision) {
        if (routesChanged) {
            compileRoutes();
        }
        if (routesChanged || !servicesChanged.isEmpty()) {
            compilePools();
            published.increment();
        }
        routesChanged = false;
        servicesChanged.clear();
        boolean isOtherHistory = revision < live.current().revision(); // the feed began anew, and lower
        live.publish(new Plan(revision, table, pools));
        if (isOtherHistory) {
            membership.startsOver(revision);
        } else {
            membership.serves(revision);
        }
    }

    private void compileRoutes() {
        List<Candidate> candidates = new ArrayList<>(routes.size());
        routes.forEach((id, stored) -> {
            Compiled route = compile(id, stored);
            if (route != null) {
                compiled.put(id, route);
                candidates.add(new Candidate(route.route, stored.spec.match(), stored.createRevision));
            }
        });
        table = new RouteTable(candidates);
    }

    /// Null when the route cannot be compiled and has no earlier version.
    private Compiled compile(String id, Stored<RouteSpec> stored) {
        List<Long> from = new ArrayList<>();
        from.add(stored.modRevision);
        for (String limit : stored.spec.limits()) {
            Stored<LimitSpec> spec = limitSpecs.get(limit);
            if (spec == null) {
                problem(unresolved, "route/" + id,
                        "limit \"" + limit + "\" does not exist (create it, or take it out of the route)");
                return compiled.get(id); // a route without its limit would let everything through
            }
            from.add(spec.modRevision);
        }
        unresolved.remove("route/" + id);
        Compiled before = compiled.get(id);
        return before != null && before.from.equals(from) ? before : new Compiled(route(id, stored), from);
    }

    private Route route(String id, Stored<RouteSpec> stored) {
        RouteSpec spec = stored.spec;
        List<Bound> bounds = spec.limits().stream().map(limit -> {
            Stored<LimitSpec> limitSpec = limitSpecs.get(limit);
            return limits.bind(limit, limitSpec.spec, limitSpec.modRevision, owner(limitSpec.spec, id, spec));
        }).toList();
        return new Route(id, stored.modRevision, target(spec.to()), spec.rewrite(), spec.timeout().toNanos(), spec.retries(),
                bounds.isEmpty() ? List.of() : List.of(new LimitFilter(bounds)), new RouteMeters(metrics, id));
    }

    private static String owner(LimitSpec limit, String routeId, RouteSpec route) {
        return switch (limit.key()) {
            case ALL -> "";
            case ROUTE -> "route " + routeId;
            case SERVICE -> route.to() instanceof To.Service(String service) ? "service " + service : "route " + routeId;
        };
    }

    private static Target target(To to) {
        return switch (to) {
            case To.Service(String service) -> new Target.ToPool(service);
            case To.Upstream(var address) -> new Target.ToPool(Pools.name(address));
            case To.Split(List<Share> shares) -> new Target.Split(shares.stream()
                    .map(s -> new Target.Split.Share(Pools.name(s.service(), s.tags()), s.weight())).toList());
            case To.Respond(var answer) -> new Target.Respond(answer);
        };
    }

    private void compilePools() {
        if (routesChanged) {
            sources.clear();
            routes.values().forEach(stored -> collectSources(stored.spec.to()));
            pools.keySet().retainAll(sources.keySet());
        }
        sources.forEach((name, source) -> {
            if (isStale(name, source)) {
                pools.put(name, switch (source) {
                    case PoolSource.OfService(String service, var tags) -> poolFactory.of(registry.view(service), tags);
                    case PoolSource.Fixed(var address) -> poolFactory.fixed(address);
                });
            }
        });
    }

    private boolean isStale(String name, PoolSource source) {
        return !pools.containsKey(name)
                || source instanceof PoolSource.OfService(String service, _) && servicesChanged.contains(service);
    }

    private void collectSources(To to) {
        switch (to) {
            case To.Service(String service) -> source(service, new TreeMap<>());
            case To.Upstream(var address) -> sources.put(Pools.name(address), new PoolSource.Fixed(address));
            case To.Split(List<Share> shares) -> shares.forEach(s -> source(s.service(), s.tags()));
            case To.Respond _ -> {
            }
        }
    }

    private void source(String service, SortedMap<String, String> tags) {
        sources.put(Pools.name(service, tags), new PoolSource.OfService(service, tags));
    }
}
