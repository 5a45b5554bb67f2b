package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Balance;
import io.shanhai.gateway.Balance.Key;
import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Hash;
import io.shanhai.gateway.Pool;
import java.util.List;

/// Picks the endpoint of an attempt by the route's policy. An endpoint that is ejected, or was tried for this request, gets
/// it only when no other one is left; one that starts slowly takes only a part of its turns. Stateless; no allocation.
final class Picker {

    private static final int HASH_STEPS = 1024; // slots looked at before any willing endpoint is good enough
    private static final int FINEST = 1 << 10; // a slow start's share is decided in 1024ths

    private Picker() {}

    /// Null when the pool is empty.
    static Endpoint pick(Pool pool, Exchange x, long nowNanos) {
        if (pool.endpoints().isEmpty()) {
            return null;
        }
        Balance balance = x.route.balance();
        Endpoint picked = switch (balance.policy()) {
            case ROUND_ROBIN -> roundRobin(pool, balance, x, nowNanos);
            case LEAST_REQUEST -> leastRequest(pool, balance, x, nowNanos);
            case CONSISTENT_HASH -> hashed(pool, balance, x, nowNanos);
        };
        return picked != null ? picked : anyone(pool.endpoints(), x, nowNanos);
    }

    private static Endpoint roundRobin(Pool pool, Balance balance, Exchange x, long nowNanos) {
        for (int i = 2 * pool.endpoints().size(); i > 0; i--) {
            Endpoint next = pool.next();
            if (isWilling(next, x, nowNanos) && takesItsTurn(pool, next, balance, nowNanos)) {
                return next;
            }
        }
        return null;
    }

    private static boolean takesItsTurn(Pool pool, Endpoint endpoint, Balance balance, long nowNanos) {
        double warmth = endpoint.vitals().warmth(nowNanos, balance.slowStartNanos());
        return warmth == 1 || (Hash.mix(pool.turn()) & FINEST - 1) < warmth * FINEST;
    }

    /// The less loaded of two by chance (Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 1996): load is
    /// requests under way for each part of weight, with this request counted in.
    private static Endpoint leastRequest(Pool pool, Balance balance, Exchange x, long nowNanos) {
        List<Endpoint> endpoints = pool.endpoints();
        int count = endpoints.size();
        for (int tries = 3; tries > 0; tries--) {
            long random = Hash.mix(pool.turn());
            int first = (int) Long.remainderUnsigned(random, count);
            int second = count == 1 ? first : (first + 1 + (int) Long.remainderUnsigned(random >>> 32, count - 1)) % count;
            Endpoint a = endpoints.get(first);
            Endpoint b = endpoints.get(second);
            boolean aWilling = isWilling(a, x, nowNanos);
            boolean bWilling = isWilling(b, x, nowNanos);
            if (aWilling && bWilling) {
                return load(a, balance, nowNanos) <= load(b, balance, nowNanos) ? a : b;
            }
            if (aWilling || bWilling) {
                return aWilling ? a : b;
            }
        }
        return null;
    }

    private static double load(Endpoint endpoint, Balance balance, long nowNanos) {
        return (endpoint.vitals().active() + 1)
                / (endpoint.weight() * endpoint.vitals().warmth(nowNanos, balance.slowStartNanos()));
    }

    /// A key whose endpoint is out goes, step by step, to the next in its table: always the same one for the same key.
    private static Endpoint hashed(Pool pool, Balance balance, Exchange x, long nowNanos) {
        long hash = hash(balance.key(), x);
        if (hash == 0) {
            return roundRobin(pool, balance, x, nowNanos);
        }
        for (int step = 0; step < HASH_STEPS; step++) {
            Endpoint endpoint = pool.hashed(hash, step);
            if (isWilling(endpoint, x, nowNanos)) {
                return endpoint;
            }
        }
        return null;
    }

    /// 0 when the request has no such key.
    private static long hash(Key key, Exchange x) {
        return switch (key) {
            case Key.Header(String name) -> hash(x.headers.first(name));
            case Key.Cookie(String name) -> Cookies.hash(x.headers.joined("cookie"), name);
            case Key.OfRequest.CLIENT_IP -> hash(x.clientAddress);
            case Key.OfRequest.PATH -> hash(x.path);
            case Key.OfRequest.NONE -> 0;
        };
    }

    private static long hash(String text) {
        return text == null || text.isEmpty() ? 0 : Hash.of(text, 0, text.length());
    }

    /// Better one that was tried than one that is ejected; better an ejected one than none.
    private static Endpoint anyone(List<Endpoint> endpoints, Exchange x, long nowNanos) {
        Endpoint tried = null;
        for (Endpoint endpoint : endpoints) {
            if (isWilling(endpoint, x, nowNanos)) {
                return endpoint;
            }
            if (!endpoint.vitals().isEjected(nowNanos) && endpoint != x.endpoint) {
                tried = endpoint;
            }
        }
        if (tried != null) {
            return tried;
        }
        return x.endpoint != null && !x.endpoint.vitals().isEjected(nowNanos) ? x.endpoint : endpoints.getFirst();
    }

    private static boolean isWilling(Endpoint endpoint, Exchange x, long nowNanos) {
        return !endpoint.vitals().isEjected(nowNanos) && (x.tried == null || !x.tried.contains(endpoint));
    }
}
