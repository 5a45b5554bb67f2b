package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlidingWindowTest {

    private static final long MS = 1_000_000;
    private static final long WINDOW = 1_000 * MS;

    @Test
    void admitsTheLimitAtOnceAndRefusesTheNext() {
        SlidingWindow window = new SlidingWindow(100, Duration.ofSeconds(1));
        for (int i = 0; i < 100; i++) {
            assertTrue(window.tryAcquire(i), "unit " + i);
        }
        assertFalse(window.tryAcquire(100));
        assertEquals(0, window.remaining(100));
    }

    /// The trap of a ring of k buckets: a burst at the end of the first bucket and one at the beginning of the bucket that
    /// takes its place are less than a window apart.
    @Test
    void burstAtTheEndOfAnExpiringBucketStillCounts() {
        SlidingWindow window = new SlidingWindow(10, Duration.ofSeconds(1), 10);
        window.remaining(0); // places the buckets: [0, 100 ms), [100 ms, 200 ms), …
        assertEquals(10, burst(window, 100 * MS - 1, 20));
        assertEquals(0, burst(window, 1_000 * MS, 20), "900 ms and 1 ns after the first burst");
        assertEquals(0, burst(window, 1_100 * MS - 1, 20), "exactly one window after the first burst");
        assertEquals(10, burst(window, 1_100 * MS, 20));
    }

    /// 4096 buckets do not divide a second: cut to whole nanoseconds they would be 2.6 µs short of it.
    @Test
    void bucketsTogetherAreNeverShorterThanTheWindow() {
        SlidingWindow window = new SlidingWindow(1, Duration.ofSeconds(1), 4_096);
        window.remaining(0);
        long endOfBucket = WINDOW / 4_096 - 1;
        assertTrue(window.tryAcquire(endOfBucket));
        assertFalse(window.tryAcquire(endOfBucket + WINDOW - 1));
    }

    /// Every admitted unit is kept with its time, and each new one is checked against all that came in the window before it.
    @ParameterizedTest
    @CsvSource({"1,1", "1,64", "7,3", "100,64", "50,20", "13,7"})
    void neverAdmitsMoreThanTheLimitInAnyTrueWindow(int limit, int buckets) {
        for (int seed = 0; seed < 40; seed++) {
            SlidingWindow window = new SlidingWindow(limit, Duration.ofNanos(WINDOW), buckets);
            ArrayDeque<Long> log = new ArrayDeque<>();
            int admitted = 0;
            for (long now : arrivals(new Random(seed), limit, buckets)) {
                if (!window.tryAcquire(now)) {
                    continue;
                }
                log.addLast(now);
                while (now - log.peekFirst() > WINDOW) {
                    log.removeFirst();
                }
                admitted++;
                assertTrue(log.size() <= limit, "seed " + seed + ": " + log.size() + " units in one window, limit " + limit);
            }
            assertTrue(admitted >= limit, "seed " + seed + " admitted only " + admitted);
        }
    }

    /// Arrivals of every temper: steady, bursts around bucket edges (one nanosecond before, at, after), long idling.
    private static List<Long> arrivals(Random random, int limit, int buckets) {
        long bucket = Math.ceilDiv(WINDOW, buckets);
        long now = random.nextLong(-WINDOW * 5, WINDOW * 5);
        long origin = now;
        List<Long> times = new ArrayList<>();
        times.add(now);
        for (int round = 0; round < 200; round++) {
            switch (random.nextInt(4)) {
                case 0 -> now += random.nextLong(bucket);
                case 1 -> now = nextEdge(origin, now, bucket) + random.nextInt(-1, 2);
                case 2 -> now += random.nextLong(WINDOW * 2);
                default -> now += WINDOW + random.nextInt(-1, 2);
            }
            now = Math.max(now, times.getLast());
            int many = random.nextInt(1, limit + 2);
            for (int i = 0; i < many; i++) {
                times.add(now);
            }
        }
        return times;
    }

    private static long nextEdge(long origin, long now, long bucket) {
        return origin + (Math.floorDiv(now - origin, bucket) + 1) * bucket;
    }

    @Test
    void underSteadyPressureAdmitsTheLimitLessOneBucket() {
        SlidingWindow window = new SlidingWindow(1_000, Duration.ofSeconds(1));
        long admitted = 0;
        for (long now = 0; now < 65_000 * MS; now += MS / 10) { // ten times the limit
            admitted += window.tryAcquire(now) ? 1 : 0;
        }
        assertEquals(64_000, admitted, 1_000); // 65 s = 64 × (1 + 1/64) windows
    }

    @Test
    void waitingExactlyAsLongAsItSaysIsEnough() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            SlidingWindow window = new SlidingWindow(5, Duration.ofMillis(777), 9);
            long now = random.nextLong();
            for (int i = 0; i < 300; i++) {
                now += random.nextLong(100 * MS);
                while (window.tryAcquire(now)) {
                    // until it is full
                }
                long wait = window.nanosUntilFree(now);
                assertTrue(wait > 0 && wait <= window.windowNanos() * 10 / 9 + 9, "wait " + wait);
                assertFalse(window.tryAcquire(now + wait - 1), "a nanosecond early");
                now += wait;
                assertEquals(0, window.nanosUntilFree(now));
                assertTrue(window.tryAcquire(now));
            }
        }
    }

    @Test
    void givenBackUnitIsFreeAgain() {
        SlidingWindow window = new SlidingWindow(2, Duration.ofSeconds(1));
        assertTrue(window.tryAcquire(0));
        assertTrue(window.tryAcquire(500 * MS));
        window.giveBack(500 * MS);
        assertEquals(1, window.remaining(500 * MS));
        assertTrue(window.tryAcquire(500 * MS));
        assertEquals(1, window.remaining(1_100 * MS), "what is left was taken at 500 ms");
        assertEquals(2, window.remaining(1_600 * MS));
    }

    /// A younger unit must not go in its place: it would leave the window too early.
    @Test
    void givenBackTooLateAUnitStaysCounted() {
        SlidingWindow window = new SlidingWindow(2, Duration.ofSeconds(1));
        assertTrue(window.tryAcquire(0));
        assertTrue(window.tryAcquire(900 * MS));
        window.giveBack(0);
        window.giveBack(-5_000 * MS);
        assertEquals(0, window.remaining(900 * MS));
        assertEquals(1, window.remaining(1_100 * MS));
    }

    @Test
    void changingTheLimitKeepsWhatWasUsed() {
        SlidingWindow window = new SlidingWindow(5, Duration.ofSeconds(1), 10);
        assertEquals(3, burst(window, 0, 3));
        assertEquals(2, burst(window, 500 * MS, 9));
        window.changeLimit(7);
        assertEquals(2, burst(window, 500 * MS, 9));
        window.changeLimit(2);
        assertEquals(0, window.remaining(500 * MS));
        assertEquals(1_100 * MS, window.nanosUntilFree(500 * MS), "the three of the first bucket are not enough");
        assertEquals(0, burst(window, 1_599 * MS, 9));
        assertEquals(2, burst(window, 1_600 * MS, 9));
    }

    /// nanoTime may be negative and may wrap.
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, Long.MAX_VALUE - 500_000_000})
    void anyOriginOfTimeWillDo(long origin) {
        SlidingWindow window = new SlidingWindow(1, Duration.ofSeconds(1));
        assertTrue(window.tryAcquire(origin));
        assertFalse(window.tryAcquire(origin + 999 * MS));
        assertTrue(window.tryAcquire(origin + 1_016 * MS));
    }

    /// A unit was decided between its stamp and what the clock said afterwards. More than the limit, with both in one window,
    /// would be one too many in a true window. The clock crosses a bucket every 312 decisions, so all meet at the edges.
    @Test
    void threadsTogetherNeverExceedTheLimitInAnyTrueWindow() throws InterruptedException {
        int limit = 100;
        SlidingWindow window = new SlidingWindow(limit, Duration.ofNanos(WINDOW));
        AtomicLong clock = new AtomicLong();
        ConcurrentLinkedQueue<long[]> admitted = new ConcurrentLinkedQueue<>();
        runInThreads(() -> {
            for (int i = 0; i < 100_000; i++) {
                long now = clock.addAndGet(50_000); // 400,000 arrivals in 20 s: 200 times the limit
                if (window.tryAcquire(now)) {
                    admitted.add(new long[]{now, clock.get()});
                }
            }
        });
        List<long[]> log = List.copyOf(admitted);
        for (long[] first : log) {
            long many = log.stream().filter(unit -> unit[0] >= first[0] && unit[1] < first[0] + WINDOW).count();
            assertTrue(many <= limit, many + " units from " + first[0]);
        }
        // 20 s are 19.7 windows of k+1 buckets; a whole one may be lost where the test's threads stood still.
        assertTrue(log.size() <= 20 * limit && log.size() >= 18 * limit, "admitted " + log.size());
    }

    /// Rotation under contention: with every decision in a bucket of its own, each step is taken by whoever comes.
    @Test
    void threadsThatMoveTheWindowAtEveryDecisionNeverExceedTheLimit() throws InterruptedException {
        SlidingWindow window = new SlidingWindow(10, Duration.ofMillis(1), 50); // buckets of 20 µs
        AtomicLong clock = new AtomicLong();
        AtomicLong admitted = new AtomicLong();
        runInThreads(() -> {
            for (int i = 0; i < 100_000; i++) {
                if (window.tryAcquire(clock.addAndGet(20_000))) {
                    admitted.incrementAndGet();
                }
            }
        });
        // 400,000 buckets are 7,844 times 51: ten each at most, and the last one under way.
        assertTrue(admitted.get() <= 78_450 && admitted.get() > 40_000, "admitted " + admitted);
    }

    @Test
    void threadsAtOneMomentGetExactlyTheLimit() throws InterruptedException {
        SlidingWindow window = new SlidingWindow(10_000, Duration.ofSeconds(1));
        AtomicLong admitted = new AtomicLong();
        runInThreads(() -> {
            for (int i = 0; i < 10_000; i++) {
                if (window.tryAcquire(42)) {
                    admitted.incrementAndGet();
                }
            }
        });
        assertEquals(10_000, admitted.get());
    }

    @Test
    void rejectsWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> new SlidingWindow(0, Duration.ofSeconds(1)));
        assertThrows(IllegalArgumentException.class, () -> new SlidingWindow(1L << 31, Duration.ofSeconds(1)));
        assertThrows(IllegalArgumentException.class, () -> new SlidingWindow(1, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new SlidingWindow(1, Duration.ofDays(400)));
        assertThrows(IllegalArgumentException.class, () -> new SlidingWindow(1, Duration.ofSeconds(1), 0));
    }

    private static void runInThreads(Runnable client) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(Thread.ofPlatform().name("client-" + i).start(client));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static int burst(Limit limit, long now, int many) {
        int admitted = 0;
        for (int i = 0; i < many; i++) {
            admitted += limit.tryAcquire(now) ? 1 : 0;
        }
        return admitted;
    }
}
