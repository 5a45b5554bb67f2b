package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.metrics.Metrics;

/// Chooses endpoints and decides about further attempts, for both engines:
///
///     next -> null      -> unavailable     503
///          -> endpoint  -> the engine connects and sends
///                          on a failure: mayRetry -> next again, or failed -> 502 or 504
///
/// Safe for all threads.
public final class Balancer {

    private final Metrics metrics;

    public Balancer(Metrics metrics) {
        this.metrics = metrics;
    }

    /// The endpoint of the next attempt, another one than the last when there is another. Counts the attempt.
    ///
    /// @return null when the pool has no endpoint that may get traffic
    public Endpoint next(Exchange x) {
        if (x.pool == null) {
            x.pool = pool(x);
        }
        Endpoint chosen = x.pool.next(x.endpoint);
        if (chosen != null) {
            x.endpoint = chosen;
            x.attempts++;
        }
        return chosen;
    }

    private static Pool pool(Exchange x) {
        String name = switch (x.route.target()) {
            case Target.ToPool(String pool) -> pool;
            case Target.Split split -> split.next();
            case Target.Respond _ -> throw new IllegalStateException("route " + x.route.id() + " answers itself: no pool");
        };
        return x.plan.pools().get(name);
    }

    /// The answer when [#next] gave null.
    public Answer unavailable(Exchange x) {
        Pool pool = x.pool;
        StringBuilder detail = new StringBuilder("Service ").append(pool.name()).append(" has no instance that may get traffic");
        if (pool.excluded().isEmpty()) {
            detail.append(": none is registered");
        } else {
            pool.excluded().stream().limit(3).forEach(e -> detail.append("; ").append(e.address()).append(": ").append(e.why()));
        }
        return Problem.refuse(x, 503, "upstream:no-instance", "Service Unavailable", detail.append('.').toString());
    }

    /// Whether to call [#next] again after `failure`. Without a retry policy a request that was never sent, or an
    /// idempotent one whose kept connection was closed before a response byte, gets one more attempt.
    ///
    /// @param bodyUntouched no byte of the request body was taken from the client yet
    public boolean mayRetry(Exchange x, Failure failure, boolean bodyUntouched) {
        note(x, failure);
        if (!bodyUntouched || failure == Failure.BAD_RESPONSE) {
            return false;
        }
        int allowed = Math.max(x.route.retries().attempts(), 1);
        if (failure.isNeverSent()) {
            return x.attempts < Math.max(2, allowed) && x.pool.endpoints().size() > 1;
        }
        if (!x.isIdempotent()) {
            return false; // it may have been processed
        }
        if (failure == Failure.CLOSED_BEFORE_RESPONSE) {
            return x.attempts < Math.max(2, allowed);
        }
        return x.attempts < allowed;
    }

    /// Whether a complete response head with this status is thrown away for another attempt.
    public boolean mayRetryStatus(Exchange x, int status, boolean bodyUntouched) {
        return bodyUntouched && x.attempts < x.route.retries().attempts() && x.isIdempotent()
                && x.route.retries().statuses().contains(status);
    }

    private void note(Exchange x, Failure failure) {
        String entry = x.endpoint.address() + ": " + failure.word();
        x.failures = x.failures == null ? entry : x.failures + ", " + entry;
        metrics.counter("shanhai_upstream_failures_total", "Failed attempts by pool and failure.",
                "pool", x.pool.name(), "failure", failure.word()).increment();
    }

    /// The answer when no attempt is left.
    ///
    /// @param detail what happened, for people
    public Answer failed(Exchange x, Failure failure, String detail) {
        return Problem.refuse(x, failure.status(), "upstream:" + failure.word(), failure.title(),
                "Instance " + x.endpoint.address() + " of " + x.pool.name() + ": " + detail
                        + (x.attempts > 1 ? " (" + x.attempts + " attempts: " + x.failures + ")" : "") + ".");
    }
}
