package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// All routes, compiled. The precedence is total:
///
/// 1. host: an exact host, then the longest wildcard, then routes without a host;
/// 2. path: exact, then template (the one with literal segments further left), then the longest prefix;
/// 3. a method match before none; more header matches; more query matches; the older route; the smaller id.
///
/// A route that fails on method, header or query gives way to the next in this order, also to one of a less specific
/// path or host. Immutable; matching takes no lock and allocates nothing.
public final class RouteTable implements RouteMatcher {

    public static final RouteTable EMPTY = new RouteTable(List.of());

    private final List<Candidate> all;
    private final Map<String, PathIndex> byHost = new HashMap<>();
    private final List<Wildcard> wildcards = new ArrayList<>();
    private final PathIndex anyHost;

    /// @param suffix `.example.com`
    private record Wildcard(String suffix, PathIndex paths) {}

    public RouteTable(List<Candidate> candidates) {
        all = List.copyOf(candidates);
        Map<String, List<Candidate>> groups = new HashMap<>();
        for (Candidate candidate : all) {
            groups.computeIfAbsent(candidate.match().host(), _ -> new ArrayList<>()).add(candidate);
        }
        anyHost = new PathIndex(groups.getOrDefault("", List.of()));
        groups.remove("");
        groups.forEach((host, group) -> {
            if (host.startsWith("*.")) {
                wildcards.add(new Wildcard(host.substring(1), new PathIndex(group)));
            } else {
                byHost.put(host, new PathIndex(group));
            }
        });
        wildcards.sort(Comparator.comparing(w -> -w.suffix.length()));
    }

    @Override
    public Route match(String method, String host, String path, String query, RequestHeaders headers) {
        if (!byHost.isEmpty()) {
            PathIndex own = byHost.get(host);
            Route found = own == null ? null : own.match(method, path, query, headers);
            if (found != null) {
                return found;
            }
        }
        for (int i = 0; i < wildcards.size(); i++) {
            Wildcard wildcard = wildcards.get(i);
            Route found = host.length() > wildcard.suffix.length() && host.endsWith(wildcard.suffix)
                    ? wildcard.paths.match(method, path, query, headers)
                    : null;
            if (found != null) {
                return found;
            }
        }
        return anyHost.match(method, path, query, headers);
    }

    @Override
    public Explanation explain(String method, String host, String path, String query, RequestHeaders headers,
            boolean everyRoute) {
        List<Candidate> inOrder = new ArrayList<>();
        visit(host, path, inOrder::add);
        List<Loser> losers = new ArrayList<>();
        Candidate winner = null;
        for (Candidate candidate : inOrder) {
            String failure = candidate.match().failure(method, query, headers);
            if (failure == null && winner == null) {
                winner = candidate;
            } else {
                losers.add(new Loser(candidate.route().id(), failure != null ? failure : precedence(winner, candidate)));
            }
        }
        if (everyRoute) {
            for (Candidate candidate : all) {
                if (!inOrder.contains(candidate)) {
                    losers.add(new Loser(candidate.route().id(), distance(candidate.match(), host, path)));
                }
            }
        }
        String why = winner == null ? "no route's host, path, method, headers and query all match" : winner.match().describe();
        return new Explanation(winner == null ? null : winner.route(), why, losers);
    }

    /// Every candidate whose host and path fit, in order of precedence.
    private void visit(String host, String path, Consumer<Candidate> visitor) {
        PathIndex own = byHost.get(host);
        if (own != null) {
            own.visit(path, visitor);
        }
        for (Wildcard wildcard : wildcards) {
            if (host.length() > wildcard.suffix.length() && host.endsWith(wildcard.suffix)) {
                wildcard.paths.visit(path, visitor);
            }
        }
        anyHost.visit(path, visitor);
    }

    private static String precedence(Candidate winner, Candidate loser) {
        RouteMatch won = winner.match();
        RouteMatch lost = loser.match();
        String reason;
        if (!won.host().equals(lost.host())) {
            reason = "its host " + (lost.host().isEmpty() ? "(any)" : lost.host()) + " is less specific than " + won.host();
        } else if (won.kind() != lost.kind()) {
            reason = "a " + lost.kind().name().toLowerCase(Locale.ROOT) + " path comes after "
                    + won.kind().name().toLowerCase(Locale.ROOT);
        } else if (!won.path().equals(lost.path())) {
            reason = "path " + lost.path() + " is less specific than " + won.path();
        } else {
            reason = "it has fewer method, header or query matches, or is younger";
        }
        return "matches too, but " + winner.route().id() + " wins: " + reason;
    }

    private static String distance(RouteMatch match, String host, String path) {
        return match.hostFits(host)
                ? "path " + path + " does not match " + match.describe()
                : "host " + (host.isEmpty() ? "(none)" : host) + " is not " + match.host();
    }
}
