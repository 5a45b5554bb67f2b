package io.shanhai.gateway.filter;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Filter;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict;
import io.shanhai.limiter.Limit;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import java.util.List;

/// Asks every limit of a route in order. The first that refuses gives back what the earlier ones took, so a refused
/// request costs nothing. A shadow limit is asked and counted, and never refuses.
public final class LimitFilter implements Filter {

    private static final String QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded";

    private final Bound[] limits;

    /// One limit as a route uses it.
    public static final class Bound {
        private final String id;
        private final Limit limit;
        private final boolean shadow;
        private final Counter admitted;
        private final Counter refused;

        /// @param id the limit's id, also its policy name in `RateLimit`
        public Bound(String id, Limit limit, boolean shadow, Metrics metrics) {
            this.id = id;
            this.limit = limit;
            this.shadow = shadow;
            this.admitted = count(metrics, "admitted");
            this.refused = count(metrics, shadow ? "shadow-refused" : "refused");
        }

        private Counter count(Metrics metrics, String verdict) {
            return metrics.counter("shanhai_limit_requests_total", "Requests by limit and verdict.", "limit", id, "verdict",
                    verdict);
        }

        public String id() {
            return id;
        }

        public Limit limit() {
            return limit;
        }

        public boolean isShadow() {
            return shadow;
        }
    }

    public LimitFilter(List<Bound> limits) {
        this.limits = limits.toArray(Bound[]::new);
    }

    @Override
    public String name() {
        return "limit";
    }

    /*
     * HOT PATH, once per limited request. All limits share the exchange's start stamp: no clock is read here.
     */
    @Override
    public Verdict before(Exchange x) {
        x.makeRoomForLimits(limits.length);
        for (int i = 0; i < limits.length; i++) {
            Bound bound = limits[i];
            boolean free = bound.limit.tryAcquire(x.startNanos);
            x.limitsRemaining[i] = free ? bound.limit.remaining(x.startNanos) : -1;
            x.limitsAsked = i + 1;
            (free ? bound.admitted : bound.refused).increment();
            if (!free && !bound.shadow) {
                return refuse(x, i);
            }
        }
        return Verdict.Continue.CONTINUE;
    }

    private Verdict refuse(Exchange x, int refusing) {
        for (int i = 0; i < refusing; i++) {
            if (x.limitsRemaining[i] >= 0) {
                limits[i].limit.giveBack(x.startNanos);
            }
        }
        Bound bound = limits[refusing];
        Limit limit = bound.limit;
        // RFC 9110 section 10.2.3 counts whole seconds; rounded up so that a client that obeys is admitted.
        long seconds = Math.max(1, ceilSeconds(limit.nanosUntilFree(x.startNanos)));
        long window = Math.max(1, ceilSeconds(limit.windowNanos()));
        return Problem.refuseAs(x, QUOTA_EXCEEDED, 429, "limit:" + bound.id, "Too Many Requests",
                "Limit " + bound.id + " (" + limit.algorithm() + ") allows " + limit.quota() + " requests per "
                        + limit.windowNanos() / 1_000_000 + " ms. Try again in " + seconds + " s.",
                ",\"violated-policies\":[\"" + bound.id + "\"]",
                "ratelimit-policy", "\"" + bound.id + "\";q=" + limit.quota() + ";w=" + window,
                "ratelimit", "\"" + bound.id + "\";r=0;t=" + seconds,
                "retry-after", Long.toString(seconds));
    }

    private static long ceilSeconds(long nanos) {
        return Math.ceilDiv(nanos, 1_000_000_000L);
    }

    /// The limit that was asked as the `index`th, for [Journal].
    Bound limit(int index) {
        return limits[index];
    }
}
