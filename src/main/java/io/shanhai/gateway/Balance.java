package io.shanhai.gateway;

import java.util.Objects;

/// How a route's requests are shared among the endpoints of its pool, and what keeps an endpoint out.
///
/// @param key what is hashed; only for CONSISTENT_HASH
/// @param slowStartNanos an endpoint that joins others gets its full share after this; 0 is at once
/// @param maxConnections requests under way to the pool from this node, which in HTTP/1.1 is connections in use; 0 is no
///        limit
/// @param maxPending further requests that wait for a place; more are refused
public record Balance(Policy policy, Key key, long slowStartNanos, Ejection ejection, int maxConnections, int maxPending) {

    public enum Policy {
        ROUND_ROBIN("weighted round robin"), LEAST_REQUEST("least request"), CONSISTENT_HASH("consistent hash");

        private final String words;

        Policy(String words) {
            this.words = words;
        }

        /// For people.
        public String words() {
            return words;
        }
    }

    /// What a consistent hash is taken of. A request without it is shared by round robin.
    public sealed interface Key {

        /// @param name lower case
        record Header(String name) implements Key {}

        record Cookie(String name) implements Key {}

        enum OfRequest implements Key {
            NONE, CLIENT_IP, PATH
        }
    }

    /// Endpoints that fail again and again get no traffic for a while. An attempt fails with a 5xx, or without an answer.
    ///
    /// @param failures in a row; 0 is never
    /// @param stepNanos times the number of ejections is how long
    /// @param percent at most this share of a pool, but always one when there are others
    public record Ejection(int failures, long stepNanos, int percent) {

        public static final Ejection DEFAULT = new Ejection(5, 30_000_000_000L, 10); // Envoy's defaults
        public static final Ejection OFF = new Ejection(0, 0, 0);
    }

    public static final Balance DEFAULT = new Balance(Policy.ROUND_ROBIN, Key.OfRequest.NONE, 0, Ejection.DEFAULT, 0, 0);

    public Balance {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(ejection, "ejection");
    }

    public boolean isHashed() {
        return policy == Policy.CONSISTENT_HASH;
    }
}
