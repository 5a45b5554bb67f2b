package io.shanhai.limiter;

import static io.shanhai.limiter.CircuitBreaker.Phase.CLOSED;
import static io.shanhai.limiter.CircuitBreaker.Phase.HALF_OPEN;
import static io.shanhai.limiter.CircuitBreaker.Phase.OPEN;
import static io.shanhai.limiter.CircuitBreaker.REFUSED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.limiter.CircuitBreaker.Terms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CircuitBreakerTest {

    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final int PROBES = 3;

    /// Opens at once; 20 ms are not slow yet.
    private static CircuitBreaker counting(int calls) {
        return new CircuitBreaker(new Terms(50, 40, Duration.ofMillis(20), calls, Duration.ofSeconds(10), calls,
                Duration.ZERO, Duration.ofSeconds(5), PROBES));
    }

    private static void call(CircuitBreaker breaker, boolean failed, long tookNanos, long now) {
        long permit = breaker.tryAcquire(now);
        assertNotEquals(REFUSED, permit);
        breaker.record(permit, failed, tookNanos, now);
    }

    private static void open(CircuitBreaker breaker, int calls, long now) {
        for (int i = 0; i < calls; i++) {
            call(breaker, true, 0, now);
        }
        assertEquals(OPEN, breaker.phase());
    }

    /// One call per 100 ms, 60 % of them fail: it opens 30 s after the rate was first exceeded, not before.
    @ParameterizedTest
    @ValueSource(longs = {0, Long.MIN_VALUE, Long.MAX_VALUE - 10_000_000_000L})
    void opensWhenOverHalfFailForThirtySeconds(long origin) {
        CircuitBreaker breaker = new CircuitBreaker(Terms.defaults());
        int calls = 0;
        while (breaker.phase() == CLOSED) {
            call(breaker, calls % 5 < 3, 0, origin + calls * 100 * MS);
            calls++;
            assertTrue(calls < 400, "never opens");
        }
        assertTrue(calls >= 320 && calls <= 325, "20 calls until it judges and 300 for 30 s, opened after " + calls);
    }

    @Test
    void anInterruptionBeginsTheThirtySecondsAnew() {
        CircuitBreaker breaker = new CircuitBreaker(Terms.defaults());
        long now = 0;
        for (int i = 0; i < 230; i++) {
            call(breaker, true, 0, now += 100 * MS);
        }
        for (int i = 0; i < 60; i++) {
            call(breaker, false, 0, now += 100 * MS); // 10 s hold 60 % successes now
        }
        for (int i = 0; i < 290; i++) {
            call(breaker, true, 0, now += 100 * MS);
        }
        assertEquals(CLOSED, breaker.phase());
    }

    @Test
    void exactlyHalfIsNotOver() {
        CircuitBreaker breaker = counting(10);
        for (int i = 0; i < 100; i++) {
            call(breaker, i % 2 == 0, 0, i);
        }
        assertEquals(CLOSED, breaker.phase());
        call(breaker, true, 0, 100);
        call(breaker, true, 0, 101); // in place of a success
        assertEquals(OPEN, breaker.phase());
    }

    @Test
    void slowIsStrictlyLongerAndOverIsStrictlyMore() {
        CircuitBreaker breaker = counting(10);
        for (int i = 0; i < 30; i++) {
            call(breaker, false, 20 * MS, i);
        }
        for (int i = 0; i < 4; i++) {
            call(breaker, false, 20 * MS + 1, i);
        }
        assertEquals(CLOSED, breaker.phase(), "40 % are not more than 40 %");
        call(breaker, false, 20 * MS + 1, 40);
        assertEquals(OPEN, breaker.phase());
    }

    @Test
    void tooFewCallsSayNothing() {
        CircuitBreaker breaker = counting(10);
        for (int i = 0; i < 9; i++) {
            call(breaker, true, 0, i);
        }
        assertEquals(CLOSED, breaker.phase());
        call(breaker, true, 0, 9);
        assertEquals(OPEN, breaker.phase());
    }

    @Test
    void outcomesLeaveTheTimeWindow() {
        CircuitBreaker breaker = new CircuitBreaker(new Terms(50, 100, Duration.ZERO, 10, Duration.ofSeconds(10), 0,
                Duration.ZERO, Duration.ofSeconds(5), PROBES));
        for (int i = 0; i < 9; i++) {
            call(breaker, true, 0, 0);
        }
        call(breaker, true, 0, 11 * SECOND);
        assertEquals(CLOSED, breaker.phase(), "the nine have left");
    }

    @Test
    void refusedAndAbandonedCallsAreNoFailures() {
        CircuitBreaker breaker = counting(10);
        for (int i = 0; i < 100; i++) {
            breaker.giveUp(breaker.tryAcquire(i));
        }
        open(breaker, 10, 100);
        for (int i = 0; i < 1_000; i++) {
            assertEquals(REFUSED, breaker.tryAcquire(100 + i));
        }
        long halfOpen = 100 + 5 * SECOND;
        for (int i = 0; i < 20; i++) {
            breaker.giveUp(breaker.tryAcquire(halfOpen)); // each gives its probe back
        }
        for (int i = 0; i < PROBES; i++) {
            assertEquals(HALF_OPEN, breaker.phase());
            call(breaker, false, 0, halfOpen);
        }
        assertEquals(CLOSED, breaker.phase());
        call(breaker, true, 0, halfOpen);
        assertEquals(CLOSED, breaker.phase(), "the old failures are forgotten");
    }

    @Test
    void failedProbesOpenItAgain() {
        CircuitBreaker breaker = counting(10);
        open(breaker, 10, 0);
        assertEquals(REFUSED, breaker.tryAcquire(5 * SECOND - 1));
        call(breaker, true, 0, 5 * SECOND);
        call(breaker, false, 0, 5 * SECOND);
        call(breaker, true, 0, 6 * SECOND);
        assertEquals(OPEN, breaker.phase());
        assertEquals(REFUSED, breaker.tryAcquire(11 * SECOND - 1));
        assertNotEquals(REFUSED, breaker.tryAcquire(11 * SECOND));
    }

    @Test
    void outcomesOfAnEarlierPeriodAreNotProbes() {
        CircuitBreaker breaker = counting(10);
        long early = breaker.tryAcquire(0);
        open(breaker, 10, 0);
        long probe = breaker.tryAcquire(5 * SECOND);
        for (int i = 0; i < 5; i++) {
            breaker.record(early, true, 0, 5 * SECOND);
            breaker.giveUp(early);
        }
        assertEquals(HALF_OPEN, breaker.phase());
        breaker.record(probe, false, 0, 5 * SECOND);
        breaker.record(probe, true, 0, 5 * SECOND); // twice is ignored: nobody is under way
        call(breaker, false, 0, 5 * SECOND);
        call(breaker, false, 0, 5 * SECOND);
        assertEquals(CLOSED, breaker.phase());
    }

    @Test
    void probesThatNeverReturnDoNotKeepItHalfOpen() {
        CircuitBreaker breaker = counting(10);
        open(breaker, 10, 0);
        for (int i = 0; i < PROBES; i++) {
            assertNotEquals(REFUSED, breaker.tryAcquire(5 * SECOND));
        }
        assertEquals(REFUSED, breaker.tryAcquire(10 * SECOND - 1));
        assertNotEquals(REFUSED, breaker.tryAcquire(10 * SECOND));
    }

    /// Each round all threads ask an open breaker at once whose time is over: exactly n get a probe.
    @Test
    void aRaceGetsExactlyTheProbes() throws Exception {
        int threads = 5;
        CircuitBreaker[] breaker = {counting(10)};
        open(breaker[0], 10, 0);
        AtomicInteger granted = new AtomicInteger();
        CyclicBarrier round = new CyclicBarrier(threads, () -> {
            assertEquals(PROBES, granted.getAndSet(0));
            breaker[0] = counting(10);
            open(breaker[0], 10, 0);
        });
        Callable<Void> asker = () -> {
            for (int i = 0; i < 2_000; i++) {
                if (breaker[0].tryAcquire(5 * SECOND) != REFUSED) {
                    granted.incrementAndGet();
                }
                round.await();
            }
            return null;
        };
        try (var pool = Executors.newFixedThreadPool(threads)) {
            List<Future<Void>> ends = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                ends.add(pool.submit(asker));
            }
            for (Future<Void> end : ends) {
                end.get(); // an assertion that failed in the barrier fails here
            }
        }
    }

    @Test
    void refusesTermsOutOfRangeByName() {
        assertRefused("failurePercent: 0", 0, 10, 0, 1);
        assertRefused("failurePercent: 101", 101, 10, 0, 1);
        assertRefused("minimumCalls: 0", 50, 0, 0, 1);
        assertRefused("windowCalls: -1", 50, 10, -1, 1);
        assertRefused("minimumCalls: 10 (expected: at most windowCalls", 50, 10, 9, 1);
        assertRefused("probes: 0", 50, 10, 10, 0);
    }

    private static void assertRefused(String message, int percent, int minimum, int calls, int probes) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> new Terms(percent, 100, Duration.ZERO, minimum,
                Duration.ofSeconds(1), calls, Duration.ZERO, Duration.ofSeconds(1), probes));
        assertTrue(refusal.getMessage().startsWith(message), refusal.getMessage());
    }
}
