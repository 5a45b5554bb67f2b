package io.shanhai.limiter;

import java.math.BigInteger;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/// A bucket of `burst` tokens, full at first, refilled evenly with `rate` tokens per `per`. One request takes one token.
/// Any span of time `t` admits at most `burst + rate × t / per` units; nothing is lost to rounding.
///
/// With a warm-up, a bucket that was full for as long as the warm-up lasts is cold: a token then costs three times its
/// refill, so a third of the burst and of the rate is there, and evenly less until the warm-up is over.
///
/// [#quota()] is `rate` per [#windowNanos()] `per`, what holds in the long run; [#remaining(long)] counts the burst too and
/// may therefore be larger.
///
/// Thread safety: safe for all threads, without a lock. Allocates nothing after construction but in [#changeRate].
public final class TokenBucket implements Limit {

    private static final long MOST = 1_000_000_000L; // rate and burst: keeps tokens × remainder below 2⁶³
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final int COLD = 3; // what Guava's SmoothWarmingUp and Sentinel's warm-up take too

    /*
     * The bucket is kept as the moment it will be full (the "theoretical arrival time" of GCRA, ITU-T I.371), not as a
     * number of tokens. A token is worth per/rate nanoseconds of refill; taking one moves that moment by as much, and
     * tokens free = (capacity - (fullAt - now)) / worth. So idling needs no arithmetic at all (nothing to overflow after
     * 12 hours), and waiting is a subtraction that has the partial token in it.
     *
     * per/rate is seldom whole: the moment is FULL_AT in nanoseconds and FRACTION in 1/rate ns, 0 <= fraction < rate.
     * FULL_AT decides and is moved first. Whoever then finds FRACTION moved by another thread does not know what to add to
     * and rounds its token up to the next nanosecond: under contention a token costs up to 1 ns more, never less. Rates
     * that divide `per` (all round ones) have no fraction.
     */
    private static final int FULL_AT = 8; // in the middle of 128 bytes: on no cache line with the fields beside it
    private static final int FRACTION = 9;
    private static final int WARM_FROM = 10; // when the warm-up under way began
    private static final long UNUSED = Long.MIN_VALUE; // nanoTime has no zero: the first call says when the bucket was full

    private final AtomicLongArray words = new AtomicLongArray(18);
    private final long warmUpNanos;
    private volatile Terms terms;

    private record Terms(long rate, long perNanos, long burst, long tokenNanos, long tokenFraction, long capacityNanos,
            long capacityFraction) {

        static Terms of(long rate, Duration per, long burst) {
            if (rate < 1 || rate > MOST) {
                throw new IllegalArgumentException("rate: " + rate + " (expected: 1.." + MOST + ")");
            }
            if (per.compareTo(SHORTEST) < 0 || per.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException("per: " + per + " (expected: 1 ms to 366 days)");
            }
            if (burst < 1 || burst > MOST) {
                throw new IllegalArgumentException("burst: " + burst + " (expected: 1.." + MOST + ")");
            }
            long perNanos = per.toNanos();
            BigInteger[] capacity = BigInteger.valueOf(burst).multiply(BigInteger.valueOf(perNanos))
                    .divideAndRemainder(BigInteger.valueOf(rate));
            if (capacity[0].compareTo(BigInteger.valueOf(Duration.ofDays(36_525).toNanos())) > 0) {
                throw new IllegalArgumentException("burst: " + burst + " takes more than 100 years to refill at " + rate
                        + " per " + per + " (expected: a smaller burst or a higher rate)");
            }
            return new Terms(rate, perNanos, burst, perNanos / rate, perNanos % rate, capacity[0].longValueExact(),
                    capacity[1].longValueExact());
        }

        /// Rounded up; 0 or less when a token is there.
        long nanosUntilToken(long aheadNanos, long aheadFraction) {
            long fraction = aheadFraction + tokenFraction - capacityFraction; // -rate < fraction < 2 × rate
            long up = fraction <= 0 ? 0 : fraction <= rate ? 1 : 2;
            return aheadNanos + tokenNanos - capacityNanos + up;
        }

        /// The largest n, up to burst, with n × worth of a token <= the given time.
        long tokensWorth(long nanos, long fraction) {
            // A double is right to 1 in 2⁵³ and n <= 10⁹: the guess is off by one at most. Exact arithmetic settles it.
            long n = Math.min(burst, (long) (((double) nanos + (double) fraction / rate) / perNanos * rate) + 1);
            while (n > 0 && isWorthMore(n, nanos, fraction)) {
                n--;
            }
            return n;
        }

        private boolean isWorthMore(long tokens, long nanos, long fraction) {
            long fractions = tokens * tokenFraction; // < 10⁹ × 10⁹
            long worth = tokens * tokenNanos + fractions / rate;
            return worth > nanos || worth == nanos && fractions % rate > fraction;
        }
    }

    /// A burst of twice the rate, no warm-up.
    public TokenBucket(long rate, Duration per) {
        this(rate, per, Math.min(MOST, 2 * rate));
    }

    /// @param rate tokens refilled per `per`, 1..1,000,000,000
    /// @param per 1 ms to 366 days
    /// @param burst tokens the bucket holds, 1..1,000,000,000; a full refill may take 100 years at most
    public TokenBucket(long rate, Duration per, long burst) {
        this(rate, per, burst, Duration.ZERO);
    }

    /// @param warmUp 0 (none) to 1 day; a cold bucket holds at least one token
    public TokenBucket(long rate, Duration per, long burst, Duration warmUp) {
        terms = Terms.of(rate, per, burst);
        if (warmUp.isNegative() || warmUp.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("warmUp: " + warmUp + " (expected: 0 to 1 day)");
        }
        warmUpNanos = warmUp.toNanos();
        words.set(FULL_AT, UNUSED);
    }

    /*
     * HOT PATH, once per limited request.
     */
    @Override
    public boolean tryAcquire(long now) {
        Terms t = terms;
        while (true) {
            long fullAt = words.get(FULL_AT);
            long fraction = t.tokenFraction == 0 ? 0 : words.get(FRACTION);
            boolean full = isFull(fullAt, now);
            long from = full ? now : fullAt;
            long carried = full ? 0 : fraction;
            if (t.nanosUntilToken(from - now, carried) > 0) {
                return false;
            }
            long surcharge = warmUpNanos == 0 ? 0 : surcharge(t, fullAt, now);
            if (surcharge > 0 && !full && from - now + t.tokenNanos + surcharge - t.capacityNanos > 0) {
                return false;
            }
            long next = carried + t.tokenFraction;
            long carry = next >= t.rate ? 1 : 0;
            if (words.compareAndSet(FULL_AT, fullAt, used(from + t.tokenNanos + carry + surcharge))) {
                if (t.tokenFraction != 0 && !words.compareAndSet(FRACTION, fraction, next - carry * t.rate)) {
                    words.addAndGet(FULL_AT, 1);
                }
                return true;
            }
        }
    }

    /// A bucket that was full before `now` is full now, not fuller.
    private static boolean isFull(long fullAt, long now) {
        return fullAt == UNUSED || fullAt - now < 0;
    }

    private static long used(long fullAt) {
        return fullAt == UNUSED ? UNUSED + 1 : fullAt;
    }

    /// What a token costs above its refill, in nanoseconds, and the beginning of a warm-up when the bucket is found cold.
    private long surcharge(Terms t, long fullAt, long now) {
        long since = now - words.get(WARM_FROM);
        if (isCold(fullAt, now)) {
            words.set(WARM_FROM, now);
            since = 0;
        }
        return surchargeAfter(t, since);
    }

    private boolean isCold(long fullAt, long now) {
        return fullAt == UNUSED || now - fullAt >= warmUpNanos;
    }

    private long surchargeAfter(Terms t, long since) {
        double left = 1 - (double) Math.max(0, since) / warmUpNanos;
        return left <= 0 ? 0 : (long) Math.ceil((COLD - 1) * left * t.perNanos / t.rate);
    }

    /// Meant for at once. One word does not remember whether the bucket was full since `acquiredAt`: a token that idling had
    /// restored already and that is given back after it is restored twice, and one more than the bound may come. Ask
    /// [#isFree(long)] of all limits first, and it is needed only when another thread came in between. What a token cost more
    /// in a warm-up is not given back.
    @Override
    public void giveBack(long acquiredAt) {
        Terms t = terms;
        while (true) {
            long fullAt = words.get(FULL_AT);
            if (fullAt == UNUSED) {
                return;
            }
            long fraction = words.get(FRACTION);
            long next = fraction - t.tokenFraction;
            long borrow = next < 0 ? 1 : 0;
            // Before now is as good as now: the next call cuts what would be more than full.
            if (words.compareAndSet(FULL_AT, fullAt, used(fullAt - t.tokenNanos - borrow))) {
                if (t.tokenFraction != 0 && !words.compareAndSet(FRACTION, fraction, next + borrow * t.rate)) {
                    words.addAndGet(FULL_AT, 1);
                }
                return;
            }
        }
    }

    @Override
    public long remaining(long now) {
        Terms t = terms;
        long fullAt = words.get(FULL_AT);
        boolean full = isFull(fullAt, now);
        long fraction = t.capacityFraction - (full ? 0 : words.get(FRACTION));
        long free = t.capacityNanos - (full ? 0 : fullAt - now);
        if (fraction < 0) {
            fraction += t.rate;
            free--;
        }
        if (free < 0) {
            return 0;
        }
        if (warmUpNanos > 0) {
            long surcharge = surchargeNow(t, fullAt, now);
            if (surcharge > 0) {
                return Math.max(full ? 1 : 0, free / (t.tokenNanos + surcharge));
            }
        }
        return t.tokensWorth(free, fraction);
    }

    private long surchargeNow(Terms t, long fullAt, long now) {
        return surchargeAfter(t, isCold(fullAt, now) ? 0 : now - words.get(WARM_FROM));
    }

    /// In a warm-up a little more than the truth: it counts with what a token costs now.
    @Override
    public long nanosUntilFree(long now) {
        Terms t = terms;
        long fullAt = words.get(FULL_AT);
        if (isFull(fullAt, now)) {
            return 0;
        }
        long surcharge = warmUpNanos == 0 ? 0 : surchargeNow(t, fullAt, now);
        long wait = t.nanosUntilToken(fullAt - now, words.get(FRACTION)) + surcharge;
        return Math.max(0, surcharge == 0 ? wait : Math.min(wait, fullAt - now + 1)); // a full one grants a token always
    }

    /// What was used stays used: as many tokens are missing from the new bucket as from the old one, and refill at the new
    /// rate. Requests decided meanwhile take a token of the old or of the new worth.
    ///
    /// @param rate as in the constructor
    public void changeRate(long rate, Duration per, long burst, long now) {
        Terms next = Terms.of(rate, per, burst);
        Terms old = terms;
        long fullAt;
        long moved;
        do {
            fullAt = words.get(FULL_AT);
            double missing = isFull(fullAt, now) ? 0 : (double) (fullAt - now) * old.rate / old.perNanos;
            moved = now + (long) Math.ceil(missing * next.perNanos / next.rate);
        } while (fullAt != UNUSED && !words.compareAndSet(FULL_AT, fullAt, used(moved)));
        words.set(FRACTION, 0);
        terms = next;
    }

    @Override
    public long quota() {
        return terms.rate;
    }

    @Override
    public long windowNanos() {
        return terms.perNanos;
    }

    @Override
    public String algorithm() {
        return "token-bucket";
    }
}
