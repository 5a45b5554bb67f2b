package io.shanhai.gateway;

import io.shanhai.trace.TraceContext;
import java.util.Arrays;
import java.util.List;

/// One request on its way through the house: what came in, what was decided, when. Filled by the engine, the chain
/// and the balancer in turn; touched by one thread at a time. Fields are public because this is a record of facts
/// written once each, by the stage named beside it, read by all later ones; see `filter.Chain` for the order.
public final class Exchange {

    /// Which engine carries it; also the metrics label.
    public enum Engine {
        HELIDON("helidon"), NIO("nio");

        private final String label;

        Engine(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    // --- set by the engine before Chain.enter ---
    public final Engine engine;
    public String method;
    /// Origin-form path without query: as received until `Chain.enter`, then normal (see [NormalPath]).
    public String path;
    /// Without `?`, null when the target has none.
    public String query;
    /// From Host or :authority, lower case, without port; `""` when there is none.
    public String host;
    /// Host header (or :authority) as received, forwarded unchanged; `""` when there is none.
    public String authority;
    public RequestHeaders headers;
    /// The peer's IP address in text.
    public String clientAddress;
    /// True when the peer is a loopback address.
    public boolean fromLoopback;
    /// `http` or `https`.
    public String scheme;
    /// `System.nanoTime` when the head was complete.
    public long startNanos;

    // --- set by Chain.enter ---
    public Plan plan;
    public TraceContext trace;
    /// The context to send upstream: a child of `trace` when the request is recorded, `trace` itself otherwise.
    public TraceContext upstreamTrace;
    /// Null when nothing matched.
    public Route route;
    /// The client asked for `x-shanhai-explain` and may.
    public boolean explain;
    /// Path and query to send upstream.
    public String forwardTarget;
    /// `System.nanoTime` when the last filter let it pass.
    public long admittedNanos;
    /// Index of the next filter to run; the chain's own.
    public int nextFilter;
    /// Units remaining after each limit of the route was asked, in the route's order; null before that.
    public long[] limitsRemaining;
    /// How many of them were asked: all when it passed, up to and with the refusing one otherwise.
    public int limitsAsked;

    // --- set by upstream ---
    /// The pool the request was sent to; null before that.
    public Pool pool;
    /// The endpoint of the latest attempt; null before the first.
    public Endpoint endpoint;
    /// Attempts begun.
    public int attempts;
    /// `System.nanoTime` when the latest attempt began; for the first one `admittedNanos`, unless it waited.
    public long attemptNanos;
    /// Endpoints of earlier attempts; null before the second one.
    public List<Endpoint> tried;
    /// The body as far as it is kept to be sent again; null when nobody needs that.
    public BodyCopy bodyCopy;
    /// A copy of the request goes to the route's mirror, or has gone.
    public boolean mirrored;
    /// This is such a copy.
    public boolean isMirror;
    /// The pool had no place: `balance.maxConnections` were under way and `balance.maxPending` waited.
    public boolean poolFull;
    /// A further attempt was wanted, and the pool's retry budget did not allow it.
    public boolean retryRefused;
    private PoolState entered;
    private Places.Ticket ticket;
    private Vitals working;
    private PoolState retryingIn;
    /// What failed in earlier attempts, `address: reason`; null when nothing did.
    public String failures;
    /// `System.nanoTime` when the response head from upstream was complete; 0 when none came.
    public long firstByteNanos;

    // --- set by the engine before Chain.leave ---
    /// Final status sent to the client; 499 when the client went away first.
    public int status;
    /// `stage:rule` when the gateway refused or failed it, null when the upstream's answer was passed on.
    public String reason;
    /// `System.nanoTime` when the last byte was handed to the socket.
    public long endNanos;
    public long requestBytes;
    public long responseBytes;

    // --- kept when it becomes another request's ---
    /// An own root of which no one has heard: not sampled, not sent on, in no answer. As good as a new one for the next
    /// request that is not sampled. Null when there is none.
    public TraceContext unseenTrace;
    private long[] spareLimits;

    public Exchange(Engine engine, String method, String path, String query, String host, String authority,
            RequestHeaders headers, String clientAddress, boolean fromLoopback, String scheme, long startNanos) {
        this.engine = engine;
        renew(method, path, query, host, authority, headers, clientAddress, fromLoopback, scheme, startNanos);
    }

    /// Makes it the record of another request, as if it were new. For an engine that has seen it leave the chain and knows
    /// that nobody else keeps it: a request whose answer the gateway had at hand then allocates nothing.
    public void renew(String method, String path, String query, String host, String authority, RequestHeaders headers,
            String clientAddress, boolean fromLoopback, String scheme, long startNanos) {
        this.method = method;
        this.path = path;
        this.query = query;
        this.host = host;
        this.authority = authority;
        this.headers = headers;
        this.clientAddress = clientAddress;
        this.fromLoopback = fromLoopback;
        this.scheme = scheme;
        this.startNanos = startNanos;
        forgetVerdict();
        forgetUpstream();
        status = 0;
        reason = null;
        endNanos = 0;
        requestBytes = 0;
        responseBytes = 0;
    }

    private void forgetVerdict() {
        plan = null;
        trace = null;
        upstreamTrace = null;
        route = null;
        explain = false;
        forwardTarget = null;
        admittedNanos = 0;
        nextFilter = 0;
        limitsRemaining = null;
        limitsAsked = 0;
    }

    private void forgetUpstream() {
        pool = null;
        endpoint = null;
        attempts = 0;
        attemptNanos = 0;
        tried = null;
        bodyCopy = null;
        mirrored = false;
        isMirror = false;
        poolFull = false;
        retryRefused = false;
        entered = null;
        ticket = null;
        working = null;
        retryingIn = null;
        failures = null;
        firstByteNanos = 0;
    }

    /// The answer was at hand: it was neither refused nor admitted to a pool, so that nothing upstream (an attempt, a place, a
    /// copy for the mirror) ever knew of it.
    public boolean wasAtHand() {
        return upstreamTrace == null && reason == null;
    }

    /// Gives [#limitsRemaining] room for `count` limits; all 0.
    public void makeRoomForLimits(int count) {
        if (spareLimits == null || spareLimits.length != count) {
            spareLimits = new long[count];
        } else {
            Arrays.fill(spareLimits, 0);
        }
        limitsRemaining = spareLimits;
    }

    /// Counts the request as under way to its pool. [#release] ends that.
    public void enter(PoolState state) {
        entered = state;
        state.places().enter();
    }

    /// The same with a place of its own, or the wait for one.
    public void enter(Places.Ticket place) {
        ticket = place;
    }

    /// True when it has a place, or needs none.
    public boolean hasPlace() {
        return ticket == null || ticket.isGranted();
    }

    /// The latest attempt's endpoint works on it; the one before does not any more.
    public void worksOn(Vitals vitals) {
        if (working != null) {
            working.end();
        }
        working = vitals;
        vitals.begin();
    }

    /// Takes part of the pool's retry budget, once for all further attempts. [#release] gives it back.
    ///
    /// @param most exchanges that may be at a further attempt
    /// @return false when there are as many already
    public boolean tryRetry(PoolState state, int most) {
        if (retryingIn == null && state.tryRetry(most)) {
            retryingIn = state;
        }
        return retryingIn != null;
    }

    /// Whatever it holds of its pool is given back. Idempotent; `Chain.leave` calls it for every exchange.
    public void release() {
        if (working != null) {
            working.end();
            working = null;
        }
        if (entered != null) {
            entered.places().leave();
            entered = null;
        }
        if (ticket != null) {
            ticket.end();
            ticket = null;
        }
        if (retryingIn != null) {
            retryingIn.endRetry();
            retryingIn = null;
        }
    }

    /// RFC 9110 section 9.2.2.
    public boolean isIdempotent() {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
            default -> false;
        };
    }
}
