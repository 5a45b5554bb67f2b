package io.shanhai.gateway;

import java.util.List;

/// Where a route sends its requests. Pools are held by name and looked up in the request's Plan, so that a change of
/// instances replaces pools, not routes.
public sealed interface Target {

    /// One pool: a service, or a fixed upstream.
    record ToPool(String pool) implements Target {}

    /// Several pools by weight.
    record Split(List<Share> shares) implements Target {

        public Split {
            shares = List.copyOf(shares);
            if (shares.isEmpty()) {
                throw new IllegalArgumentException("split: no shares (expected: at least one)");
            }
        }

        /// @param weight at least 0; the sum is above 0
        public record Share(String pool, int weight) {}
    }

    /// The gateway answers itself.
    record Respond(Verdict.Answer answer) implements Target {}
}
