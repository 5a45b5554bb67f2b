package io.shanhai.limiter;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// Stops calls to something that fails. Closed, it counts outcomes; open, it refuses; half-open, it lets exactly
/// [Terms#probes()] calls through and decides by their outcomes.
///
/// A call is [#tryAcquire(long)], then exactly one of [#record] and [#giveUp(long)] with the permit it got. A refused call
/// has no outcome: neither the breaker's own refusals nor those of a later limit count as failures.
///
/// Thread safety: safe for all threads, without a lock but where a new bucket of a time window begins. Allocates nothing
/// after construction.
public final class CircuitBreaker {

    /// What [#tryAcquire(long)] says when the call must not be made.
    public static final long REFUSED = -1;

    /// @param failurePercent opens when strictly more than this many percent of the calls fail, 1..100 (100: never)
    /// @param slowPercent opens when strictly more than this many percent are slow, 1..100 (100: never)
    /// @param slowerThan a call is slow that took strictly longer
    /// @param minimumCalls below as many calls in the window nothing is decided, 1..1,000,000
    /// @param window how long an outcome counts, 1 s to 1 day; used when `windowCalls` is 0
    /// @param windowCalls how many of the latest outcomes count, 0..100,000; 0 counts by time
    /// @param sustained how long a rate must be exceeded without interruption, 0 to 1 day
    /// @param open how long it stays open; half-open, how long it waits for probes that do not return. 1 ms to 1 day
    /// @param probes calls let through half-open, 1..10,000
    public record Terms(int failurePercent, int slowPercent, Duration slowerThan, int minimumCalls, Duration window,
            int windowCalls, Duration sustained, Duration open, int probes) {

        private static final Duration LONGEST = Duration.ofDays(1);

        public Terms {
            between("failurePercent", failurePercent, 1, 100);
            between("slowPercent", slowPercent, 1, 100);
            between("slowerThan", slowerThan, Duration.ZERO);
            between("minimumCalls", minimumCalls, 1, 1_000_000);
            between("window", window, Duration.ofSeconds(1));
            between("windowCalls", windowCalls, 0, 100_000);
            between("sustained", sustained, Duration.ZERO);
            between("open", open, Duration.ofMillis(1));
            between("probes", probes, 1, 10_000);
            if (windowCalls > 0 && minimumCalls > windowCalls) {
                throw new IllegalArgumentException("minimumCalls: " + minimumCalls + " (expected: at most windowCalls, "
                        + windowCalls + ", or nothing is ever decided)");
            }
        }

        /// Over 50 % failures of at least 20 calls in 10 s, sustained for 30 s; slow calls do not count.
        public static Terms defaults() {
            return new Terms(50, 100, LONGEST, 20, Duration.ofSeconds(10), 0, Duration.ofSeconds(30), Duration.ofSeconds(30),
                    10);
        }

        private static void between(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + ".." + most + ")");
            }
        }

        private static void between(String name, Duration value, Duration least) {
            if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " to " + LONGEST + ")");
            }
        }
    }

    /// What it does with calls now.
    public enum Phase {
        CLOSED, OPEN, HALF_OPEN
    }

    /*
     * One word is the whole state: phase (2 bits), period (20), probes given (14), returned (14), failed or slow (14). The
     * period counts phase changes; a permit is the period it was given in, so the outcome of a call from before the
     * breaker opened is not taken for a probe's. Giving a probe is one compare-and-set of that word: exactly n.
     */
    private static final int STATE = 8;
    private static final int SINCE = 9; // when the phase began; written before STATE
    private static final int OVER_SINCE = 24; // since when a rate is exceeded, NEVER when none is
    private static final long NEVER = Long.MIN_VALUE;
    private static final int FIELD = 14;
    private static final long FIELD_MASK = (1L << FIELD) - 1;
    private static final int PERIOD_SHIFT = 3 * FIELD;
    private static final long PERIOD_MASK = (1L << 20) - 1;
    private static final int PHASE_SHIFT = PERIOD_SHIFT + 20;
    private static final Phase[] PHASES = Phase.values();

    private final AtomicLongArray words = new AtomicLongArray(34);
    private final Outcomes outcomes;
    private final int failurePercent;
    private final int slowPercent;
    private final int minimumCalls;
    private final int probes;
    private final long slowNanos;
    private final long sustainedNanos;
    private final long openNanos;

    public CircuitBreaker(Terms terms) {
        failurePercent = terms.failurePercent;
        slowPercent = terms.slowPercent;
        minimumCalls = terms.minimumCalls;
        probes = terms.probes;
        slowNanos = terms.slowerThan.toNanos();
        sustainedNanos = terms.sustained.toNanos();
        openNanos = terms.open.toNanos();
        outcomes = terms.windowCalls > 0 ? new LatestOutcomes(terms.windowCalls) : new TimedOutcomes(terms.window);
        words.set(OVER_SINCE, NEVER);
    }

    /// @return the permit, to be handed to [#record] or [#giveUp(long)], or [#REFUSED]
    public long tryAcquire(long now) {
        while (true) {
            long state = words.get(STATE);
            switch (phase(state)) {
                case CLOSED -> {
                    return period(state);
                }
                case OPEN -> {
                    if (now - words.get(SINCE) < openNanos) {
                        return REFUSED;
                    }
                    enter(state, Phase.HALF_OPEN, now);
                }
                case HALF_OPEN -> {
                    if (given(state) < probes) {
                        if (words.compareAndSet(STATE, state, state + (1L << 2 * FIELD))) {
                            return period(state);
                        }
                    } else if (now - words.get(SINCE) < openNanos) {
                        return REFUSED;
                    } else {
                        enter(state, Phase.HALF_OPEN, now); // the probes did not return in time: new ones
                    }
                }
            }
        }
    }

    /// Whether [#tryAcquire(long)] would be granted. Takes no probe.
    public boolean isFree(long now) {
        long state = words.get(STATE);
        return switch (phase(state)) {
            case CLOSED -> true;
            case OPEN -> now - words.get(SINCE) >= openNanos;
            case HALF_OPEN -> given(state) < probes || now - words.get(SINCE) >= openNanos;
        };
    }

    /// The outcome of a call. Ignored when the breaker has changed its phase since the call was let through.
    ///
    /// @param permit from [#tryAcquire(long)]
    /// @param failed what a failure is, the caller says; a timeout is one
    public void record(long permit, boolean failed, long tookNanos, long now) {
        boolean slow = tookNanos > slowNanos;
        while (true) {
            long state = words.get(STATE);
            if (period(state) != permit) {
                return;
            }
            if (phase(state) == Phase.CLOSED) {
                outcomes.add(failed, slow, now);
                if (failed || slow || words.get(OVER_SINCE) != NEVER) {
                    judge(state, now);
                }
                return;
            }
            if (phase(state) == Phase.OPEN || judgeProbe(state, failed || slow && slowPercent < 100, now)) {
                return;
            }
        }
    }

    /// Gives a permit back whose call was not made or says nothing (a later limit refused it, the client went away).
    public void giveUp(long permit) {
        while (true) {
            long state = words.get(STATE);
            if (phase(state) != Phase.HALF_OPEN || period(state) != permit || given(state) == returned(state)) {
                return;
            }
            if (words.compareAndSet(STATE, state, state - (1L << 2 * FIELD))) {
                return;
            }
        }
    }

    /// The phase at the last call: open ends with the first call after its time.
    public Phase phase() {
        return phase(words.get(STATE));
    }

    private void judge(long state, long now) {
        long sum = outcomes.sum(now);
        long calls = Outcomes.calls(sum);
        boolean over = calls >= minimumCalls && (Outcomes.failed(sum) * 100 > failurePercent * calls
                || Outcomes.slow(sum) * 100 > slowPercent * calls);
        long since = words.get(OVER_SINCE);
        if (!over) {
            if (since != NEVER) {
                words.compareAndSet(OVER_SINCE, since, NEVER);
            }
            return;
        }
        if (since == NEVER) {
            words.compareAndSet(OVER_SINCE, NEVER, now == NEVER ? now + 1 : now);
            since = now;
        }
        if (now - since >= sustainedNanos) {
            enter(state, Phase.OPEN, now);
        }
    }

    private boolean judgeProbe(long state, boolean bad, long now) {
        if (given(state) == returned(state)) {
            return true; // nobody is under way: a permit was used twice
        }
        long next = state + (1L << FIELD) + (bad ? 1 : 0);
        if (returned(next) < probes) {
            return words.compareAndSet(STATE, state, next);
        }
        // As when closed, strictly more than the percentage; a slow probe is as bad as a failed one.
        boolean stillIll = (next & FIELD_MASK) * 100 > (long) Math.min(failurePercent, slowPercent) * probes;
        return enter(state, stillIll ? Phase.OPEN : Phase.CLOSED, now);
    }

    private boolean enter(long state, Phase phase, long now) {
        words.set(SINCE, now); // a thread that loses the next line wrote the same moment, give or take its delay
        long period = period(state) + 1 & PERIOD_MASK;
        if (!words.compareAndSet(STATE, state, (long) phase.ordinal() << PHASE_SHIFT | period << PERIOD_SHIFT)) {
            return false;
        }
        if (phase == Phase.CLOSED) {
            outcomes.clear();
            words.set(OVER_SINCE, NEVER);
        }
        return true;
    }

    private static Phase phase(long state) {
        return PHASES[(int) (state >>> PHASE_SHIFT)];
    }

    private static long period(long state) {
        return state >>> PERIOD_SHIFT & PERIOD_MASK;
    }

    private static long given(long state) {
        return state >>> 2 * FIELD & FIELD_MASK;
    }

    private static long returned(long state) {
        return state >>> FIELD & FIELD_MASK;
    }
}
