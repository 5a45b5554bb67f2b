package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {

    private static final long MS = 1_000_000;

    /// The textbook bucket in exact arithmetic: tokens times `per`, in big integers.
    private static final class ExactBucket {
        private final BigInteger rate;
        private final BigInteger per;
        private final BigInteger full;
        private BigInteger level;
        private long last;

        ExactBucket(long rate, long perNanos, long burst, long now) {
            this.rate = BigInteger.valueOf(rate);
            per = BigInteger.valueOf(perNanos);
            full = BigInteger.valueOf(burst).multiply(per);
            level = full;
            last = now;
        }

        void refill(long now) {
            level = full.min(level.add(BigInteger.valueOf(now - last).multiply(rate)));
            last = now;
        }

        boolean tryAcquire(long now) {
            refill(now);
            if (level.compareTo(per) < 0) {
                return false;
            }
            level = level.subtract(per);
            return true;
        }

        void giveBack() {
            level = full.min(level.add(per));
        }

        long remaining() {
            return level.divide(per).longValueExact();
        }

        long nanosUntilFree() {
            BigInteger[] wait = per.subtract(level).max(BigInteger.ZERO).divideAndRemainder(rate);
            return wait[0].longValueExact() + wait[1].signum();
        }
    }

    @ParameterizedTest
    @CsvSource({"100,1000,200", "3,1000,1", "7,1000,10", "999983,86400000,5", "1000000000,1,1000000000", "1,60000,3", "1,1,1"})
    void agreesWithExactArithmeticToTheNanosecond(long rate, long perMillis, long burst) {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            long now = random.nextLong() / 2;
            TokenBucket bucket = new TokenBucket(rate, Duration.ofMillis(perMillis), burst);
            ExactBucket exact = new ExactBucket(rate, perMillis * MS, burst, now);
            long token = Math.max(1, perMillis * MS / rate);
            for (int i = 0; i < 500; i++) {
                now += switch (random.nextInt(5)) {
                    case 0 -> 0;
                    case 1 -> random.nextLong(token * 2);
                    case 2 -> exact.nanosUntilFree();
                    case 3 -> Math.max(0, exact.nanosUntilFree() - 1);
                    default -> random.nextInt(50) == 0 ? Duration.ofHours(12).toNanos() : random.nextLong(token);
                };
                exact.refill(now);
                assertEquals(exact.remaining(), bucket.remaining(now), "remaining");
                assertEquals(exact.nanosUntilFree(), bucket.nanosUntilFree(now), "wait");
                boolean admitted = exact.tryAcquire(now);
                assertEquals(admitted, bucket.tryAcquire(now), "verdict");
                if (admitted && random.nextInt(4) == 0) {
                    exact.giveBack();
                    bucket.giveBack(now);
                }
            }
        }
    }

    @Test
    void waitingTimeHasThePartialTokenInIt() {
        TokenBucket bucket = new TokenBucket(1, Duration.ofSeconds(1), 1);
        assertTrue(bucket.tryAcquire(0));
        assertEquals(800 * MS, bucket.nanosUntilFree(200 * MS));
        assertFalse(bucket.tryAcquire(1_000 * MS - 1));
        assertTrue(bucket.tryAcquire(1_000 * MS));
    }

    /// 3 per second is a token every 333,333,333.3 ns: cut remainders would admit a fourth or lose one in the long run.
    @Test
    void remainderIsCarried() {
        TokenBucket bucket = new TokenBucket(3, Duration.ofSeconds(1), 2); // never full, so no waiting is wasted
        long now = 0;
        assertTrue(bucket.tryAcquire(now));
        assertTrue(bucket.tryAcquire(now));
        for (int i = 0; i < 3_000_000; i++) {
            now += bucket.nanosUntilFree(now);
            assertTrue(bucket.tryAcquire(now));
        }
        assertEquals(1_000_000L * 1_000 * MS, now);
    }

    @ParameterizedTest
    @ValueSource(longs = {12, 24 * 365, 24 * 365 * 100})
    void idlingForHoursFillsTheBucketAndNoMore(long hours) {
        TokenBucket bucket = new TokenBucket(1_000_000, Duration.ofSeconds(1), 50);
        long now = -3;
        while (bucket.tryAcquire(now)) {
            // until it is empty
        }
        now += Duration.ofHours(hours).toNanos();
        assertEquals(50, bucket.remaining(now));
        int admitted = 0;
        while (bucket.tryAcquire(now)) {
            admitted++;
        }
        assertEquals(50, admitted);
    }

    @Test
    void givingBackToAFullBucketDoesNotOverfillIt() {
        TokenBucket bucket = new TokenBucket(10, Duration.ofSeconds(1), 2);
        assertTrue(bucket.tryAcquire(0));
        bucket.giveBack(0);
        bucket.giveBack(0);
        assertEquals(2, bucket.remaining(0));
    }

    @Test
    void aBurstIsTwiceTheRateUnlessSaid() {
        assertEquals(200, new TokenBucket(100, Duration.ofSeconds(1)).remaining(0));
    }

    @Test
    void coldItHoldsAThirdAndWarmsUpEvenly() {
        TokenBucket bucket = new TokenBucket(100, Duration.ofSeconds(1), 90, Duration.ofSeconds(10));
        assertEquals(30, bucket.remaining(0));
        int[] perSecond = new int[13];
        for (long now = 0; now < 13_000 * MS; now += MS) {
            perSecond[(int) (now / (1_000 * MS))] += bucket.tryAcquire(now) ? 1 : 0;
        }
        assertEquals(30 + 34, perSecond[0], 2, "a third of the burst and of the rate");
        assertEquals(100 / 2, perSecond[5], 4, "half warm: a token costs twice its refill");
        assertEquals(100, perSecond[11], 1);
        long later = 13_000 * MS + bucket.nanosUntilFree(13_000 * MS) + Duration.ofSeconds(60).toNanos();
        assertEquals(30, bucket.remaining(later), "cold again");
    }

    /// Rounded up to a token that costs more than the bucket holds, nothing would ever come.
    @Test
    void aColdBucketOfOneTokenGrantsIt() {
        TokenBucket bucket = new TokenBucket(1, Duration.ofSeconds(1), 1, Duration.ofSeconds(10));
        assertTrue(bucket.tryAcquire(0));
        assertFalse(bucket.tryAcquire(2_000 * MS));
        long wait = bucket.nanosUntilFree(2_000 * MS);
        assertTrue(bucket.tryAcquire(2_000 * MS + wait), "after " + wait);
    }

    @Test
    void changingTheRateKeepsWhatWasUsed() {
        TokenBucket bucket = new TokenBucket(10, Duration.ofSeconds(1), 20);
        for (int i = 0; i < 15; i++) {
            assertTrue(bucket.tryAcquire(0));
        }
        bucket.changeRate(100, Duration.ofSeconds(1), 40, 0);
        assertEquals(25, bucket.remaining(0));
        assertEquals(35, bucket.remaining(100 * MS));
        bucket.changeRate(1, Duration.ofSeconds(1), 3, 100 * MS);
        assertEquals(0, bucket.remaining(100 * MS), "five are missing and it holds three");
        assertEquals(3_000 * MS, bucket.nanosUntilFree(100 * MS));
        assertThrows(IllegalArgumentException.class, () -> bucket.changeRate(0, Duration.ofSeconds(1), 3, 0));
        assertEquals(1, bucket.quota());
    }

    /// A fraction lost in a race rounds up: never more than exact, and less by 1 ns a token at most.
    @Test
    void threadsThatRaceForFractionsGetNoMoreThanExact() throws InterruptedException {
        TokenBucket bucket = new TokenBucket(999_983, Duration.ofSeconds(1), 200_000);
        AtomicLong admitted = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().name("client-" + i).start(() -> {
                for (int n = 0; n < 100_000; n++) {
                    admitted.addAndGet(bucket.tryAcquire(0) ? 1 : 0);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(admitted.get() <= 200_000 && admitted.get() >= 199_800, "admitted " + admitted);
    }

    @Test
    void threadsTogetherGetTheBurstAndTheRefillOnly() throws InterruptedException {
        TokenBucket bucket = new TokenBucket(1_000, Duration.ofSeconds(1), 500);
        bucket.remaining(0);
        AtomicLong clock = new AtomicLong();
        AtomicLong admitted = new AtomicLong();
        Runnable client = () -> {
            for (int i = 0; i < 50_000; i++) {
                if (bucket.tryAcquire(clock.addAndGet(10_000))) {
                    admitted.incrementAndGet();
                }
            }
        };
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().name("client-" + i).start(client));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        // 200,000 arrivals in 2 s: 500 + 2 × 1,000. The last ones may be decided in another order than stamped.
        assertTrue(admitted.get() <= 2_500 && admitted.get() >= 2_498, "admitted " + admitted);
    }

    @Test
    void saysItsQuota() {
        TokenBucket bucket = new TokenBucket(100, Duration.ofSeconds(1), 200);
        assertEquals(100, bucket.quota());
        assertEquals(1_000 * MS, bucket.windowNanos());
        assertEquals(200, bucket.remaining(7));
    }

    @Test
    void rejectsWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(0, Duration.ofSeconds(1), 1));
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(1, Duration.ofSeconds(1), 0));
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(1, Duration.ofNanos(1), 1));
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(2_000_000_000, Duration.ofSeconds(1), 1));
        assertThrows(IllegalArgumentException.class, () -> new TokenBucket(1, Duration.ofDays(1), 1_000_000_000));
    }
}
