package io.shanhai.gateway;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// A route as compiled into a Plan.
///
/// @param revision store revision of the object it was compiled from
/// @param rewrite how the path is changed before forwarding
/// @param timeoutNanos from the end of the filters to the last byte of the response
/// @param retries further attempts on another endpoint, beyond the one for a request that was never sent
/// @param filters run in this order
/// @param meters counts and times this route's requests
/// @param balance how requests are shared among the endpoints of a pool
/// @param mirror where a copy of some requests goes, null for nowhere
public record Route(String id, long revision, Target target, Rewrite rewrite, long timeoutNanos, Retries retries,
        List<Filter> filters, RouteMeters meters, Balance balance, Mirror mirror) {

    public Route(String id, long revision, Target target, Rewrite rewrite, long timeoutNanos, Retries retries,
            List<Filter> filters, RouteMeters meters) {
        this(id, revision, target, rewrite, timeoutNanos, retries, filters, meters, Balance.DEFAULT, null);
    }

    public Route {
        Objects.requireNonNull(balance, "balance");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(meters, "meters");
        filters = List.copyOf(filters);
    }

    /// True when no filter can suspend.
    public boolean isInline() {
        return filters.stream().allMatch(Filter::isInline);
    }

    /// @param stripPrefix removed from the front of the path, null for none
    /// @param prefix put in front of the path after stripping, null for none
    public record Rewrite(String stripPrefix, String prefix) {

        public static final Rewrite NONE = new Rewrite(null, null);

        /// The path to forward; never empty.
        public String apply(String path) {
            if (this == NONE) {
                return path;
            }
            String rest = stripPrefix != null && startsWithSegments(path, stripPrefix)
                    ? path.substring(stripPrefix.length())
                    : path;
            String changed = prefix == null ? rest : prefix + rest;
            return changed.startsWith("/") ? changed : "/" + changed;
        }

        /// Whole segments only: what is left of half a segment could be a dot segment, and nobody would have matched that.
        private static boolean startsWithSegments(String path, String prefix) {
            return path.startsWith(prefix)
                    && (path.length() == prefix.length() || prefix.endsWith("/") || path.charAt(prefix.length()) == '/');
        }
    }

    /// What makes a further attempt worth while.
    public enum RetryOn {
        /// Nothing of the request was sent.
        CONNECT_FAILURE("connect-failure"),
        /// The connection broke before a response.
        RESET("reset"),
        /// No response within `perTry`.
        TIMEOUT("timeout"),
        /// 502, 503 or 504.
        GATEWAY_ERROR("gateway-error"),
        /// Any 5xx.
        SERVER_ERROR("5xx");

        private final String word;

        RetryOn(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    /// @param attempts in all, 1 is no retry
    /// @param statuses response statuses that are retried, beside those of `on`
    /// @param on what is retried; of requests that may have been processed only idempotent ones ever are
    /// @param perTryNanos a response head must be there within this after an attempt began; 0 is no bound but the route's
    /// @param bodyBytes a body up to this size is kept to be sent again; 0 is none
    /// @param budgetPercent further attempts of a pool at one time, in percent of what is under way
    /// @param budgetLeast as many are always allowed
    public record Retries(int attempts, List<Integer> statuses, Set<RetryOn> on, long perTryNanos, int bodyBytes,
            int budgetPercent, int budgetLeast) {

        public static final int BUDGET_PERCENT = 20; // Envoy's retry budget
        public static final int BUDGET_LEAST = 3;
        public static final Retries NONE = new Retries(1, List.of());

        public Retries(int attempts, List<Integer> statuses) {
            this(attempts, statuses, EnumSet.of(RetryOn.CONNECT_FAILURE, RetryOn.RESET, RetryOn.TIMEOUT), 0, 0, BUDGET_PERCENT,
                    BUDGET_LEAST);
        }

        public Retries {
            statuses = List.copyOf(statuses);
            EnumSet<RetryOn> copy = EnumSet.noneOf(RetryOn.class); // Set.copyOf would hash enums by identity: slower
            copy.addAll(on);
            on = Collections.unmodifiableSet(copy);
        }
    }

    /// @param pool that gets the copies; its answers are thrown away
    /// @param percent of the requests, 0 < percent <= 100
    public record Mirror(String pool, double percent) {}
}
