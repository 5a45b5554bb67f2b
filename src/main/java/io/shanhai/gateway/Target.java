package io.shanhai.gateway;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Where a route sends its requests. Pools are held by name and looked up in the request's Plan, so that a change of
/// instances replaces pools, not routes.
public sealed interface Target {

    /// One pool: a service, or a fixed upstream.
    record ToPool(String pool) implements Target {}

    /// Several pools by weight, mixed evenly and deterministically.
    final class Split implements Target {

        /// @param weight at least 0; the sum is above 0
        public record Share(String pool, int weight) {}

        private final List<Share> shares;
        private final int[] schedule;
        private final AtomicInteger cursor = new AtomicInteger();

        public Split(List<Share> shares) {
            this.shares = List.copyOf(shares);
            this.schedule = Schedule.of(shares.stream().mapToInt(Share::weight).toArray());
            if (schedule.length == 0) {
                throw new IllegalArgumentException("split: no weight above 0 (expected: at least one)");
            }
        }

        public List<Share> shares() {
            return shares;
        }

        /// The pool of the next request. Safe for all threads.
        public String next() {
            return shares.get(schedule[Math.floorMod(cursor.getAndIncrement(), schedule.length)]).pool();
        }
    }

    /// The gateway answers itself.
    record Respond(Verdict.Answer answer) implements Target {}
}
