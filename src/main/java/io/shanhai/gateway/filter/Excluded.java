package io.shanhai.gateway.filter;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Pool.Exclusion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Why the instances of a pool that did not get a request did not: those that were tried, those that are ejected, those
/// that start slowly, then those the registry keeps out.
final class Excluded {

    private Excluded() {}

    /// @param most as many at most
    static List<Exclusion> of(Exchange x, int most) {
        List<Exclusion> excluded = new ArrayList<>(most);
        for (Endpoint endpoint : x.tried == null ? List.<Endpoint>of() : x.tried) {
            add(excluded, most, endpoint, "was tried before and failed");
        }
        for (Endpoint endpoint : x.pool.endpoints()) {
            long ejected = endpoint.vitals().ejectedForNanos(x.endNanos);
            double warmth = endpoint.vitals().warmth(x.endNanos, x.route.balance().slowStartNanos());
            if (ejected > 0) {
                add(excluded, most, endpoint, "ejected for another " + TimeUnit.NANOSECONDS.toMillis(ejected) + " ms ("
                        + endpoint.vitals().ejections() + " times)");
            } else if (warmth < 1 && endpoint != x.endpoint) {
                add(excluded, most, endpoint, "slow start: takes " + (int) (warmth * 100) + " % of its share");
            }
        }
        for (Exclusion exclusion : x.pool.excluded()) {
            if (excluded.size() < most) {
                excluded.add(exclusion);
            }
        }
        return excluded;
    }

    private static void add(List<Exclusion> excluded, int most, Endpoint endpoint, String why) {
        boolean isNamed = excluded.stream().anyMatch(e -> e.address().equals(endpoint.address()));
        if (excluded.size() < most && !isNamed) {
            excluded.add(new Exclusion(endpoint.address(), why));
        }
    }
}
