package io.shanhai.gateway;

import java.util.List;
import java.util.Objects;

/// A route as compiled into a Plan.
///
/// @param revision store revision of the object it was compiled from
/// @param rewrite how the path is changed before forwarding
/// @param timeoutNanos from the end of the filters to the last byte of the response
/// @param retries further attempts on another endpoint, beyond the one for a request that was never sent
/// @param filters run in this order
/// @param meters counts and times this route's requests
public record Route(String id, long revision, Target target, Rewrite rewrite, long timeoutNanos, Retries retries,
        List<Filter> filters, RouteMeters meters) {

    public Route {
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

    /// @param attempts in all, 1 is no retry
    /// @param statuses response statuses that are retried for idempotent methods
    public record Retries(int attempts, List<Integer> statuses) {

        public static final Retries NONE = new Retries(1, List.of());

        public Retries {
            statuses = List.copyOf(statuses);
        }
    }
}
