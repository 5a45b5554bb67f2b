package io.shanhai.gateway.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Route;
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
import io.shanhai.registry.Registry;
import io.shanhai.store.ChangeFeed;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Watch;
import java.util.ArrayList;
import java.util.Collections;
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
    private final Pools poolFactory = new Pools(System::nanoTime);
    private final Counter invalid;
    private final Counter published;

    private final SortedMap<String, Stored<RouteSpec>> routes = new TreeMap<>();
    private final SortedMap<String, Stored<LimitSpec>> limitSpecs = new TreeMap<>();
    private final Map<String, Compiled> compiled = new HashMap<>();
    private final Map<String, Pool> pools = new HashMap<>();
    private final PoolSources sources = new PoolSources();
    private final Map<String, Target.ToPool> toPools = new HashMap<>();
    /// Objects whose last version cannot be read, and routes that name a limit which is not there.
    private final Map<String, String> unreadable = new ConcurrentHashMap<>();
    private final Map<String, String> unresolved = new ConcurrentHashMap<>();
    private RouteTable table = RouteTable.EMPTY;
    private Map<String, Pool> publishedPools = Map.of();
    /// Since the last Plan. With 100,000 routes only what changed is compiled again.
    private final Set<String> routesChanged = new HashSet<>();
    private final Set<String> limitsChanged = new HashSet<>();
    private final Set<String> servicesChanged = new HashSet<>();

    private record Stored<T>(T spec, long createRevision, long modRevision) {}

    /// A route with what it was compiled from, and the revisions of that: the route itself, then its limits in order.
    private record Compiled(Route route, Stored<RouteSpec> stored, List<Long> from) {}

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
        poolGauges();
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

    /// Over all pools: a label for each would outlive its pool.
    private void poolGauges() {
        metrics.gauge("shanhai_upstream_pools", "Pools the Plan has.", () -> live.current().pools().size());
        metrics.gauge("shanhai_upstream_endpoints", "Endpoints that may get traffic, over all pools.",
                () -> live.current().pools().values().stream().mapToInt(pool -> pool.endpoints().size()).sum());
        metrics.gauge("shanhai_upstream_ejected", "Endpoints that are ejected now, over all pools.", () -> {
            long now = System.nanoTime();
            return live.current().pools().values().stream().flatMap(pool -> pool.endpoints().stream())
                    .filter(endpoint -> endpoint.vitals().isEjected(now)).count();
        });
        metrics.gauge("shanhai_upstream_pending", "Requests that wait for a place in their pool.",
                () -> live.current().pools().values().stream().mapToInt(pool -> pool.state().places().pending()).sum());
        metrics.gauge("shanhai_upstream_retrying", "Requests that are at a further attempt.",
                () -> live.current().pools().values().stream().mapToInt(pool -> pool.state().retrying()).sum());
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
                changed(id);
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
            changed(id);
        }

        private void changed(String id) {
            (kind == Kind.LIMIT ? limitsChanged : routesChanged).add(id);
        }
    }

    private void problem(Map<String, String> problems, String object, String why) {
        if (!why.equals(problems.put(object, why))) {
            invalid.increment();
            LOG.warn("{} cannot be used, its last good version stays: {}", object, why);
        }
    }

    private void publish(long revision) {
        if (!limitsChanged.isEmpty()) {
            routes.forEach((id, stored) -> {
                if (!Collections.disjoint(stored.spec.limits(), limitsChanged)) {
                    routesChanged.add(id);
                }
            });
        }
        boolean tableChanged = !routesChanged.isEmpty();
        if (tableChanged) {
            compileRoutes();
        }
        if (tableChanged || !servicesChanged.isEmpty()) {
            compilePools();
            published.increment();
        }
        routesChanged.clear();
        limitsChanged.clear();
        servicesChanged.clear();
        boolean isOtherHistory = revision < live.current().revision(); // the feed began anew, and lower
        live.publish(new Plan(revision, table, publishedPools));
        if (isOtherHistory) {
            membership.startsOver(revision);
        } else {
            membership.serves(revision);
        }
    }

    private void compileRoutes() {
        Map<String, Candidate> changes = HashMap.newHashMap(routesChanged.size());
        for (String id : routesChanged) {
            Stored<RouteSpec> stored = routes.get(id);
            Compiled route = stored == null ? null : compile(id, stored);
            if (route == null) {
                changes.put(id, null);
                sources.forget(id);
            } else {
                compiled.put(id, route);
                use(id, route.stored.spec);
                changes.put(id, new Candidate(route.route, route.stored.spec.match(), route.stored.createRevision));
            }
        }
        table = table.with(changes);
    }

    private void use(String id, RouteSpec spec) {
        sources.use(id, spec.to(), spec.mirror() == null ? null : spec.mirror().to(), spec.balance().isHashed());
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
        return before != null && before.from.equals(from) ? before : new Compiled(route(id, stored), stored, from);
    }

    private Route route(String id, Stored<RouteSpec> stored) {
        RouteSpec spec = stored.spec;
        List<Bound> bounds = spec.limits().stream().map(limit -> {
            Stored<LimitSpec> limitSpec = limitSpecs.get(limit);
            return limits.bind(limit, limitSpec.spec, limitSpec.modRevision, owner(limitSpec.spec, id, spec));
        }).toList();
        return new Route(id, stored.modRevision, target(spec.to()), spec.rewrite(), spec.timeout().toNanos(), spec.retries(),
                bounds.isEmpty() ? List.of() : List.of(new LimitFilter(bounds)), new RouteMeters(metrics, id), spec.balance(),
                mirror(spec));
    }

    /// One object a pool, not one a route: with many routes each would be a cache miss of its own.
    private Target.ToPool toPool(String name) {
        return toPools.computeIfAbsent(name, Target.ToPool::new);
    }

    /// Null when nothing is mirrored.
    private Route.Mirror mirror(RouteSpec spec) {
        return spec.mirror() == null || !(target(spec.mirror().to()) instanceof Target.ToPool(String pool))
                ? null
                : new Route.Mirror(pool, spec.mirror().percent());
    }

    private static String owner(LimitSpec limit, String routeId, RouteSpec route) {
        return switch (limit.key()) {
            case ALL -> "";
            case ROUTE -> "route " + routeId;
            case SERVICE -> route.to() instanceof To.Service(String service) ? "service " + service : "route " + routeId;
        };
    }

    private Target target(To to) {
        return switch (to) {
            case To.Service(String service) -> toPool(service);
            case To.Upstream(var address) -> toPool(Pools.name(address));
            case To.Split(List<Share> shares) -> new Target.Split(shares.stream()
                    .map(s -> new Target.Split.Share(Pools.name(s.service(), s.tags()), s.weight())).toList());
            case To.Respond(var answer) -> new Target.Respond(answer);
        };
    }

    private void compilePools() {
        boolean changed = pools.keySet().retainAll(sources.names());
        toPools.keySet().retainAll(sources.names());
        for (PoolSources.Wanted wanted : sources.stale(servicesChanged)) {
            pools.put(wanted.name(), switch (wanted.source()) {
                case PoolSources.OfService(String service, var tags) ->
                    poolFactory.of(registry.view(service), tags, wanted.isHashed());
                case PoolSources.Fixed(var address) -> poolFactory.fixed(address, wanted.isHashed());
            });
            changed = true;
        }
        if (changed) {
            poolFactory.retain(pools.keySet());
            publishedPools = Map.copyOf(pools); // once: a Plan keeps an immutable map as it is
        }
    }
}
