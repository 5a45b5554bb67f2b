package io.shanhai.trace;

import java.security.SecureRandom;

/// W3C Trace Context Level 2. Joins a caller's trace when its header is valid, keeping its flags; otherwise starts a trace
/// with a random id and decides by that id whether it is sampled.
///
/// A root is sampled when the lower 56 bits of its trace id are at least `(1 - rate) × 2⁵⁶`, the consistent-probability
/// rule of OpenTelemetry: every node of a cluster, and every later sampler of the same rule, decides alike.
///
/// Thread safety: safe for all threads.
public final class W3cTracer implements Tracer {

    private static final int RANDOM_BITS = 56; // what the random flag promises: Level 2 section 3.2.2.5.2
    private static final long RANDOM_MASK = (1L << RANDOM_BITS) - 1;

    private final long rejectBelow;
    // Seeds the generators of the threads. Guarded by itself; used once per thread.
    private final Xoshiro256 seeds;
    // A generator is no context: losing it with its thread is right, so nothing has to be removed. Virtual threads live as
    // long as their connection, which makes it one small object per connection.
    private final ThreadLocal<Xoshiro256> random = ThreadLocal.withInitial(this::newGenerator);

    /// @param sampleRate share of own traces that are sampled, 0.0..1.0
    public W3cTracer(double sampleRate) {
        this(sampleRate, secureSeeds());
    }

    W3cTracer(double sampleRate, Xoshiro256 seeds) {
        if (!(sampleRate >= 0 && sampleRate <= 1)) {
            throw new IllegalArgumentException("sampleRate: " + sampleRate + " (expected: 0.0..1.0)");
        }
        rejectBelow = (long) ((1 - sampleRate) * (1L << RANDOM_BITS));
        this.seeds = seeds;
    }

    @Override
    public TraceContext join(String traceparent, int traceparentCount, String tracestate) {
        return join(traceparent, traceparentCount, tracestate, null);
    }

    @Override
    public TraceContext join(String traceparent, int traceparentCount, String tracestate, TraceContext unseen) {
        Xoshiro256 ids = random.get();
        TraceContext joined = traceparentCount == 1 ? Traceparent.read(traceparent, ids.nextNonZero(), tracestate) : null;
        return joined != null ? joined : root(ids, unseen); // tracestate goes with its traceparent: section 4.3
    }

    @Override
    public TraceContext child(TraceContext parent) {
        return new TraceContext(parent.traceIdHigh(), parent.traceIdLow(), random.get().nextNonZero(), parent.spanId(),
                parent.flags(), parent.tracestate());
    }

    private TraceContext root(Xoshiro256 ids, TraceContext unseen) {
        long high = ids.nextNonZero();
        long low = ids.nextLong();
        boolean sampled = (low & RANDOM_MASK) >= rejectBelow;
        if (!sampled && unseen != null) {
            return unseen;
        }
        int flags = TraceContext.RANDOM | (sampled ? TraceContext.SAMPLED : 0);
        return new TraceContext(high, low, ids.nextNonZero(), 0, flags, "");
    }

    private Xoshiro256 newGenerator() {
        synchronized (seeds) {
            return new Xoshiro256(seeds.nextNonZero(), seeds.nextLong(), seeds.nextLong(), seeds.nextLong());
        }
    }

    private static Xoshiro256 secureSeeds() {
        SecureRandom secure = new SecureRandom();
        long odd = secure.nextLong() | 1; // any one non-zero seed is enough
        return new Xoshiro256(odd, secure.nextLong(), secure.nextLong(), secure.nextLong());
    }
}
