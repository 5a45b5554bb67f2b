package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.RouteMatcher.Explanation;
import io.shanhai.gateway.RouteMatcher.Loser;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.Set;

/// Says for one request which route wins and why each other lost. Of a large table only the nearest losers are named, the
/// others counted. Used once, by one thread.
final class RouteExplainer {

    static final int MAX_LOSERS = 100; // more than anybody reads, few enough to send

    private final String method;
    private final String host;
    private final String path;
    private final String query;
    private final RequestHeaders headers;
    private final List<Candidate> fitting;
    private final Set<Candidate> considered;
    /// The farthest of the nearest first, so that it can give way.
    private final PriorityQueue<Distant> nearest = new PriorityQueue<>(Comparator.reverseOrder());
    private int others;

    /// @param nearness larger is nearer
    private record Distant(Candidate candidate, int nearness) implements Comparable<Distant> {
        @Override
        public int compareTo(Distant other) {
            int order = Integer.compare(other.nearness, nearness);
            return order != 0 ? order : candidate.route().id().compareTo(other.candidate.route().id());
        }
    }

    /// @param fitting candidates whose host and path fit, in order of precedence
    RouteExplainer(String method, String host, String path, String query, RequestHeaders headers, List<Candidate> fitting) {
        this.method = method;
        this.host = host;
        this.path = path;
        this.query = query;
        this.headers = headers;
        this.fitting = fitting;
        this.considered = new HashSet<>(fitting);
    }

    /// A route of the table that may not fit at all.
    void consider(Candidate candidate) {
        if (considered.contains(candidate)) {
            return;
        }
        others++;
        nearest.add(new Distant(candidate, nearness(candidate.match())));
        if (nearest.size() > MAX_LOSERS) {
            nearest.remove();
        }
    }

    /// A fitting host counts most, then how far the paths are the same.
    private int nearness(RouteMatch match) {
        int same = 0;
        int length = Math.min(match.path().length(), path.length());
        while (same < length && match.path().charAt(same) == path.charAt(same)) {
            same++;
        }
        return (match.hostFits(host) ? 1 << 20 : 0) + same;
    }

    Explanation explanation() {
        List<Loser> losers = new ArrayList<>();
        Candidate winner = null;
        for (Candidate candidate : fitting) {
            Conditions conditions = candidate.conditions();
            String failure = conditions == null ? null : conditions.failure(method, query, headers);
            if (failure == null && winner == null) {
                winner = candidate;
            } else {
                losers.add(new Loser(candidate.route().id(), failure != null ? failure : precedence(winner, candidate)));
            }
        }
        List<Distant> far = new ArrayList<>(nearest);
        far.sort(Comparator.naturalOrder());
        for (Distant distant : far) {
            losers.add(new Loser(distant.candidate.route().id(), distance(distant.candidate.match())));
        }
        int total = fitting.size() - (winner == null ? 0 : 1) + others;
        List<Loser> named = losers.size() > MAX_LOSERS ? losers.subList(0, MAX_LOSERS) : losers;
        String why = winner == null ? "no route's host, path, method, headers and query all match" : winner.match().describe();
        return new Explanation(winner == null ? null : winner.route(), why, named, total - named.size());
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
        } else if (won.methods().isEmpty() != lost.methods().isEmpty()) {
            reason = "it names no method";
        } else if (won.headers().size() != lost.headers().size()) {
            reason = "it matches " + lost.headers().size() + " headers, not " + won.headers().size();
        } else if (won.query().size() != lost.query().size()) {
            reason = "it matches " + lost.query().size() + " query parameters, not " + won.query().size();
        } else if (winner.createRevision() != loser.createRevision()) {
            reason = "it is younger (created at revision " + loser.createRevision() + ", not " + winner.createRevision() + ")";
        } else {
            reason = "its id comes later in the alphabet";
        }
        return "matches too, but " + winner.route().id() + " wins: " + reason;
    }

    private String distance(RouteMatch match) {
        return match.hostFits(host)
                ? "path " + path + " does not match " + match.describe()
                : "host " + (host.isEmpty() ? "(none)" : host) + " is not " + match.host();
    }
}
