package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// All routes, compiled. The precedence is total:
///
/// 1. host: an exact host, then the longest wildcard, then routes without a host;
/// 2. path: exact, then template (the one with literal segments further left), then pattern (behind more literal segments,
///    then the longer one), then the longest prefix;
/// 3. a method match before none; more header matches; more query matches; the older route; the smaller id.
///
/// A route that fails on method, header or query gives way to the next in this order, also to one of a less specific
/// path or host. Immutable; matching takes no lock and allocates nothing.
public final class RouteTable implements RouteMatcher {

    /*
     * Two layers, so that a change among 100,000 routes costs what the latest changes cost: `settled` holds most routes,
     * `recent` those changed since it was built, and `dead` marks what they replaced. `recent` is built anew with every
     * change; once that has cost as much as building everything would, everything is built. So n routes that change one by
     * one cost about sqrt(2 n) each, and those that change together less. Which of two finds wins is decided by the one
     * precedence.
     */
    public static final RouteTable EMPTY = new RouteTable(List.of());

    private final PathTrie settled;
    private final Route[] routes;
    private final Map<String, Integer> numbers;
    private final long[] dead;
    private final PathTrie recent;
    private final Map<String, Candidate> recentById;
    /// Candidates built into `recent` since `settled` was.
    private final long spent;

    public RouteTable(List<Candidate> candidates) {
        settled = TrieBuilder.build(candidates);
        routes = new Route[candidates.size()];
        numbers = HashMap.newHashMap(candidates.size());
        for (int i = 0; i < routes.length; i++) {
            routes[i] = candidates.get(i).route();
            numbers.put(routes[i].id(), i);
        }
        dead = null;
        recent = null;
        recentById = Map.of();
        spent = 0;
    }

    private RouteTable(RouteTable before, long[] dead, Map<String, Candidate> recentById) {
        settled = before.settled;
        routes = before.routes;
        numbers = before.numbers;
        this.dead = dead;
        this.recentById = recentById;
        this.spent = before.spent + recentById.size();
        this.recent = recentById.isEmpty() ? null : TrieBuilder.build(List.copyOf(recentById.values()));
    }

    /// The table after some changes; this one stays as it is.
    ///
    /// @param changes candidates by route id, null for a route that is gone
    public RouteTable with(Map<String, Candidate> changes) {
        Map<String, Candidate> latest = new HashMap<>(recentById);
        long[] gone = dead == null ? new long[(routes.length + 63) / 64] : dead.clone();
        changes.forEach((id, candidate) -> {
            Integer number = numbers.get(id);
            if (number != null) {
                gone[number >> 6] |= 1L << number;
            }
            if (candidate == null) {
                latest.remove(id);
            } else {
                latest.put(id, candidate);
            }
        });
        if (spent + latest.size() <= routes.length) {
            return new RouteTable(this, gone, latest);
        }
        List<Candidate> all = new ArrayList<>(routes.length + latest.size());
        forEachSettled(gone, all::add);
        all.addAll(latest.values());
        return new RouteTable(all);
    }

    /*
     * HOT PATH, once per request.
     */
    @Override
    public Route match(String method, String host, String path, String query, RequestHeaders headers) {
        int number = settled.find(method, host, path, query, headers, dead);
        if (recent == null) {
            return number < 0 ? null : routes[number];
        }
        int latest = recent.find(method, host, path, query, headers, null);
        if (latest < 0) {
            return number < 0 ? null : routes[number];
        }
        Candidate candidate = recent.candidates()[latest];
        return number < 0 || Candidate.PRECEDENCE.compare(candidate, settled.candidates()[number]) < 0
                ? candidate.route()
                : routes[number];
    }

    @Override
    public Explanation explain(String method, String host, String path, String query, RequestHeaders headers,
            boolean everyRoute) {
        List<Candidate> fitting = new ArrayList<>();
        settled.visit(host, path, number -> {
            if (isAlive(number, dead)) {
                fitting.add(settled.candidates()[number]);
            }
        });
        if (recent != null) {
            recent.visit(host, path, number -> fitting.add(recent.candidates()[number]));
            fitting.sort(Candidate.PRECEDENCE);
        }
        RouteExplainer explainer = new RouteExplainer(method, host, path, query, headers, fitting);
        if (everyRoute) {
            forEach(explainer::consider);
        }
        return explainer.explanation();
    }

    /// Routes in the table.
    public int size() {
        int[] count = {0};
        forEach(_ -> count[0]++);
        return count[0];
    }

    /// Bytes of the compiled form, without the routes themselves.
    long bytes() {
        return settled.bytes() + (recent == null ? 0 : recent.bytes());
    }

    private void forEach(Consumer<Candidate> consumer) {
        forEachSettled(dead, consumer);
        recentById.values().forEach(consumer);
    }

    private void forEachSettled(long[] gone, Consumer<Candidate> consumer) {
        Candidate[] candidates = settled.candidates();
        for (int i = 0; i < candidates.length; i++) {
            if (isAlive(i, gone)) {
                consumer.accept(candidates[i]);
            }
        }
    }

    private static boolean isAlive(int number, long[] gone) {
        return gone == null || (gone[number >> 6] & 1L << number) == 0;
    }
}
