package io.shanhai.limiter;

import java.math.BigInteger;
import java.time.Duration;

/// A bucket of `burst` tokens, full at first, refilled evenly with `rate` tokens per `per`. One request takes one token.
/// Any span of time `t` admits at most `burst + rate × t / per` units; nothing is lost to rounding.
///
/// [#quota()] is `rate` per [#windowNanos()] `per`, what holds in the long run; [#remaining(long)] counts the burst too and
/// may therefore be larger.
///
/// Thread safety: safe for all threads.
public final class TokenBucket implements Limit {

    private static final long MOST = 1_000_000_000L; // rate and burst: keeps tokens × remainder below 2⁶³
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(366);

    /*
     * The bucket is kept as the moment it will be full (the "theoretical arrival time" of GCRA, ITU-T I.371), not as a
     * number of tokens. A token is worth per/rate nanoseconds of refill; taking one moves that moment by as much, and
     * tokens free = (capacity - (fullAt - now)) / worth. So idling needs no arithmetic at all (nothing to overflow after
     * 12 hours), and waiting is a subtraction that has the partial token in it.
     *
     * per/rate is seldom whole: times are a pair of nanoseconds and a fraction counted in 1/rate ns, 0 <= fraction < rate.
     * All state is guarded by `lock`, held for a few nanoseconds, never across another call.
     */
    private final Object lock = new Object();
    private final long rate;
    private final long perNanos;
    private final long burst;
    private final long tokenNanos; // worth of one token, whole part
    private final long tokenFraction;
    private final long capacityNanos; // worth of a full bucket, whole part
    private final long capacityFraction;
    private long fullAtNanos;
    private long fullAtFraction;
    private boolean started; // nanoTime has no zero: the first call says when the bucket was full

    /// @param rate tokens refilled per `per`, 1..1,000,000,000
    /// @param per 1 ms to 366 days
    /// @param burst tokens the bucket holds, 1..1,000,000,000; a full refill may take 100 years at most
    public TokenBucket(long rate, Duration per, long burst) {
        if (rate < 1 || rate > MOST) {
            throw new IllegalArgumentException("rate: " + rate + " (expected: 1.." + MOST + ")");
        }
        if (per.compareTo(SHORTEST) < 0 || per.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("per: " + per + " (expected: 1 ms to 366 days)");
        }
        if (burst < 1 || burst > MOST) {
            throw new IllegalArgumentException("burst: " + burst + " (expected: 1.." + MOST + ")");
        }
        this.rate = rate;
        this.burst = burst;
        perNanos = per.toNanos();
        tokenNanos = perNanos / rate;
        tokenFraction = perNanos % rate;
        BigInteger[] capacity = BigInteger.valueOf(burst).multiply(BigInteger.valueOf(perNanos))
                .divideAndRemainder(BigInteger.valueOf(rate));
        if (capacity[0].compareTo(BigInteger.valueOf(Duration.ofDays(36_525).toNanos())) > 0) {
            throw new IllegalArgumentException("burst: " + burst + " takes more than 100 years to refill at " + rate
                    + " per " + per + " (expected: a smaller burst or a higher rate)");
        }
        capacityNanos = capacity[0].longValueExact();
        capacityFraction = capacity[1].longValueExact();
    }

    @Override
    public boolean tryAcquire(long now) {
        synchronized (lock) {
            settle(now);
            if (nanosUntilToken(now) > 0) {
                return false;
            }
            fullAtNanos += tokenNanos;
            fullAtFraction += tokenFraction;
            if (fullAtFraction >= rate) {
                fullAtFraction -= rate;
                fullAtNanos++;
            }
            return true;
        }
    }

    @Override
    public void giveBack(long acquiredAt) {
        synchronized (lock) {
            if (!started) {
                return;
            }
            fullAtNanos -= tokenNanos; // before now is as good as now: settle() cuts what would be more than full
            fullAtFraction -= tokenFraction;
            if (fullAtFraction < 0) {
                fullAtFraction += rate;
                fullAtNanos--;
            }
        }
    }

    @Override
    public long remaining(long now) {
        synchronized (lock) {
            settle(now);
            long fraction = capacityFraction - fullAtFraction;
            long free = capacityNanos - (fullAtNanos - now);
            if (fraction < 0) {
                fraction += rate;
                free--;
            }
            return free < 0 ? 0 : tokensWorth(free, fraction);
        }
    }

    @Override
    public long nanosUntilFree(long now) {
        synchronized (lock) {
            settle(now);
            return Math.max(0, nanosUntilToken(now));
        }
    }

    /// A bucket that was full before `now` is full now, not fuller.
    private void settle(long now) {
        if (!started || fullAtNanos - now < 0) {
            started = true;
            fullAtNanos = now;
            fullAtFraction = 0;
        }
    }

    /// Rounded up; 0 or less when a token is there.
    private long nanosUntilToken(long now) {
        long nanos = fullAtNanos - now + tokenNanos - capacityNanos;
        long fraction = fullAtFraction + tokenFraction - capacityFraction; // -rate < fraction < 2 × rate
        return nanos + Math.ceilDiv(fraction, rate);
    }

    /// The largest n, up to burst, with n × worth of a token <= the given time.
    private long tokensWorth(long nanos, long fraction) {
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

    @Override
    public long quota() {
        return rate;
    }

    @Override
    public long windowNanos() {
        return perNanos;
    }

    @Override
    public String algorithm() {
        return "token-bucket";
    }
}
