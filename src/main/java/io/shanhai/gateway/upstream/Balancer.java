package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Balance;
import io.shanhai.gateway.BodyCopy;
import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Places;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.upstream.Outcomes.Result;
import io.shanhai.metrics.Metrics;
import java.util.ArrayList;

/// Chooses endpoints and decides about further attempts, for both engines:
///
///     admit -> false     -> the engine waits for `whenFree`
///           -> true      -> next -> null      -> unavailable     503
///                                -> endpoint  -> the engine connects and sends
///                                                on a failure: mayRetry -> next again, or failed -> 502 or 504
///                                                on a response head: mayRetryStatus
///
/// What the exchange holds of its pool is given back when it leaves the chain. Safe for all threads.
public final class Balancer {

    private final Metrics metrics;
    private final Outcomes outcomes;
    private final Mirror mirror;
    private final Ejector ejector;

    /// Without mirroring, and nobody hears of outcomes.
    public Balancer(Metrics metrics) {
        this(metrics, Outcomes.NOBODY, null);
    }

    /// @param mirror carries copies of requests; null for none
    public Balancer(Metrics metrics, Outcomes outcomes, Mirror mirror) {
        this.metrics = metrics;
        this.outcomes = outcomes;
        this.mirror = mirror;
        this.ejector = new Ejector(metrics);
    }

    /// Finds the exchange's pool and takes a place in it. Before the first [#next].
    ///
    /// @param whenFree run once, by any thread, when a place is there for an exchange that had to wait; must not block;
    ///        null is fine for a route without `maxConnections`
    /// @return false when it has to wait
    public boolean admit(Exchange x, Runnable whenFree) {
        x.pool = pool(x);
        Balance balance = x.route.balance();
        Places places = x.pool.state().places();
        if (balance.maxConnections() == 0) {
            x.enter(x.pool.state());
            return true;
        }
        Places.Ticket ticket = places.take(balance.maxConnections(), balance.maxPending(), whenFree);
        if (ticket == null) {
            x.poolFull = true;
            return true;
        }
        x.enter(ticket);
        return x.hasPlace();
    }

    /// The exchange waited for a place until its time was over.
    public Answer pendingTooLong(Exchange x) {
        x.poolFull = true;
        return unavailable(x);
    }

    /// The endpoint of the next attempt, another one than before when there is another. Counts the attempt.
    ///
    /// @return null when the pool has no endpoint that may get traffic, or no place
    public Endpoint next(Exchange x) {
        if (x.poolFull) {
            return null;
        }
        boolean isAtOnce = x.attempts == 0 && x.route.balance().maxConnections() == 0; // no clock is read then
        long now = isAtOnce ? x.admittedNanos : System.nanoTime();
        if (x.attempts > 0) {
            x.tried = x.tried == null ? new ArrayList<>(2) : x.tried;
            x.tried.add(x.endpoint);
        }
        Endpoint chosen = Picker.pick(x.pool, x, now);
        if (chosen == null) {
            return null;
        }
        if (x.attempts == 0) {
            prepareCopy(x);
        }
        x.endpoint = chosen;
        x.attempts++;
        x.attemptNanos = now;
        x.worksOn(chosen.vitals());
        return chosen;
    }

    private static Pool pool(Exchange x) {
        // No pattern switch here: its call site allocates until it is compiled, and almost every route is of the first kind.
        if (x.route.target() instanceof Target.ToPool to) {
            return x.plan.pools().get(to.pool());
        }
        return switch (x.route.target()) {
            case Target.ToPool(String pool) -> x.plan.pools().get(pool);
            case Target.Split split -> x.plan.pools().get(split.next());
            case Target.Respond _ -> throw new IllegalStateException("route " + x.route.id() + " answers itself: no pool");
        };
    }

    private void prepareCopy(Exchange x) {
        Route.Mirror to = x.route.mirror();
        x.mirrored = to != null && mirror != null && mirror.takes(x, to);
        int kept = Math.max(x.route.retries().attempts() > 1 ? x.route.retries().bodyBytes() : 0,
                x.mirrored ? Mirror.BODY_BYTES : 0);
        if (kept > 0) {
            x.bodyCopy = new BodyCopy(kept);
        }
    }

    /// The answer when [#next] gave null.
    public Answer unavailable(Exchange x) {
        Pool pool = x.pool;
        if (x.poolFull) {
            Balance balance = x.route.balance();
            metrics.counter("shanhai_upstream_pool_full_total", "Requests refused because their pool had no place.", "pool",
                    pool.name()).increment();
            return Problem.refuse(x, 503, "upstream:pool-full", "Service Unavailable",
                    "Service " + pool.name() + " has " + balance.maxConnections() + " requests under way and "
                            + balance.maxPending()
                            + " may wait (balance.maxConnections and maxPending of route " + x.route.id() + ").",
                    "retry-after", "1");
        }
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
    /// @param repeatable the body can be sent as a whole once more: nothing of it was taken from the client, or all is kept
    public boolean mayRetry(Exchange x, Failure failure, boolean repeatable) {
        long now = System.nanoTime();
        note(x, failure);
        ended(x, failure.result(), 0, now);
        return repeatable && isWorthRetrying(x, failure) && isTimeLeft(x, now) && isWithinBudget(x, failure);
    }

    private static boolean isWorthRetrying(Exchange x, Failure failure) {
        Route.Retries retries = x.route.retries();
        boolean asRouteSays = failure.retryOn() != null && retries.on().contains(failure.retryOn())
                && x.attempts < retries.attempts();
        if (failure.isNeverSent()) {
            return (asRouteSays || x.attempts < 2) && x.pool.endpoints().size() > 1;
        }
        boolean implied = failure == Failure.CLOSED_BEFORE_RESPONSE && x.attempts < 2;
        return x.isIdempotent() && (asRouteSays || implied); // any other may have been processed
    }

    private static boolean isTimeLeft(Exchange x, long nowNanos) {
        return nowNanos - x.admittedNanos < x.route.timeoutNanos();
    }

    /// Retries must not make an overload worse, so only a share of what is under way may be at a further attempt. The one
    /// implied by an attempt that cost the service nothing is free: when an instance dies, all its requests need it at once.
    private boolean isWithinBudget(Exchange x, Failure failure) {
        if (x.attempts < 2 && failure != null && (failure.isNeverSent() || failure == Failure.CLOSED_BEFORE_RESPONSE)) {
            return true;
        }
        Route.Retries retries = x.route.retries();
        int most = Math.max(retries.budgetLeast(), x.pool.state().places().taken() * retries.budgetPercent() / 100);
        boolean within = x.tryRetry(x.pool.state(), most);
        x.retryRefused |= !within;
        String name = within ? "shanhai_upstream_retries_total" : "shanhai_upstream_retries_refused_total";
        metrics.counter(name, within ? "Further attempts." : "Further attempts that the retry budget did not allow.", "pool",
                x.pool.name()).increment();
        return within;
    }

    /// A complete response head with this status came. Called once for each.
    ///
    /// @return true when it is thrown away for another attempt
    public boolean mayRetryStatus(Exchange x, int status, boolean repeatable) {
        ended(x, Result.ANSWERED, status, x.firstByteNanos);
        Route.Retries retries = x.route.retries();
        boolean again = status >= 500 && repeatable && x.attempts < retries.attempts() && x.isIdempotent()
                && isRetried(retries, status) && isTimeLeft(x, x.firstByteNanos) && isWithinBudget(x, null);
        if (again) {
            fail(x, Integer.toString(status));
        } else {
            sendMirror(x);
        }
        return again;
    }

    private static boolean isRetried(Route.Retries retries, int status) {
        return retries.statuses().contains(status) || retries.on().contains(Route.RetryOn.SERVER_ERROR)
                || status >= 502 && status <= 504 && retries.on().contains(Route.RetryOn.GATEWAY_ERROR);
    }

    private void ended(Exchange x, Result result, int status, long nowNanos) {
        if (result != Result.ANSWERED || status >= 500) {
            ejector.failed(x.pool, x.endpoint, x.route.balance().ejection(), nowNanos);
        } else {
            x.endpoint.vitals().succeeded();
        }
        outcomes.attempted(x.pool.name(), x.endpoint.address(), result, status, nowNanos - x.attemptNanos);
    }

    private void note(Exchange x, Failure failure) {
        fail(x, failure.word());
        metrics.counter("shanhai_upstream_failures_total", "Failed attempts by pool and failure.",
                "pool", x.pool.name(), "failure", failure.word()).increment();
    }

    private static void fail(Exchange x, String word) {
        String entry = x.endpoint.address() + ": " + word;
        x.failures = x.failures == null ? entry : x.failures + ", " + entry;
    }

    private void sendMirror(Exchange x) {
        if (x.mirrored && mirror != null) {
            mirror.send(x, x.route.mirror());
        }
    }

    /// The answer when no attempt is left.
    ///
    /// @param detail what happened, for people
    public Answer failed(Exchange x, Failure failure, String detail) {
        sendMirror(x);
        return Problem.refuse(x, failure.status(), "upstream:" + failure.word(), failure.title(),
                "Instance " + x.endpoint.address() + " of " + x.pool.name() + ": " + detail
                        + (x.attempts > 1 ? " (" + x.attempts + " attempts: " + x.failures + ")" : "")
                        + (x.retryRefused ? "; the pool's retry budget allowed no further attempt" : "") + ".");
    }
}
