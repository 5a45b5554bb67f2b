package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.limiter.AdaptiveConcurrency.Bounds;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdaptiveConcurrencyTest {

    private static final long MS = 1_000_000;
    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final long PERIOD_NANOS = PERIOD.toNanos();

    private long now = Long.MAX_VALUE - 3 * PERIOD_NANOS; // the clock wraps on the way

    private static AdaptiveConcurrency of(AdaptiveConcurrency.Law law, int start, int minimum) {
        return new AdaptiveConcurrency(law, new Bounds(5, 200, start, minimum, PERIOD));
    }

    /// One period in which all permits are held and calls take what they take.
    private void period(AdaptiveConcurrency adaptive, int samples, long tookNanos) {
        int held = 0;
        while (adaptive.permits().tryAcquire()) {
            held++;
        }
        for (int i = 0; i < samples; i++) {
            adaptive.record(tookNanos, now);
        }
        for (int i = 0; i < held; i++) {
            adaptive.permits().release();
        }
        now += PERIOD_NANOS;
    }

    @Test
    void tenPercentMoreWhileFastAndFewerWhileSlow() {
        AdaptiveConcurrency adaptive = of(new TargetLatency(Duration.ofMillis(50)), 100, 10);
        period(adaptive, 100, 10 * MS);
        period(adaptive, 100, 10 * MS); // its first sample ends the period before
        assertEquals(110, adaptive.permits().limit());
        period(adaptive, 100, 200 * MS);
        assertEquals(121, adaptive.permits().limit());
        period(adaptive, 100, 200 * MS);
        assertEquals(108, adaptive.permits().limit(), "121 less 10 %");
    }

    /// Six of a hundred time out: the 95th percentile is a timeout's.
    @Test
    void aTimeoutIsASample() {
        AdaptiveConcurrency adaptive = of(new TargetLatency(Duration.ofMillis(50)), 100, 10);
        for (int i = 0; i < 94; i++) {
            adaptive.record(MS, now);
        }
        for (int i = 0; i < 6; i++) {
            adaptive.record(1_000 * MS, now);
        }
        adaptive.record(MS, now += PERIOD_NANOS);
        assertEquals(90, adaptive.permits().limit());
    }

    @Test
    void staysBetweenFloorAndCeiling() {
        AdaptiveConcurrency adaptive = of(new TargetLatency(Duration.ofMillis(50)), 6, 10);
        for (int i = 0; i < 30; i++) {
            period(adaptive, 100, 200 * MS);
        }
        assertEquals(5, adaptive.permits().limit());
        for (int i = 0; i < 60; i++) {
            period(adaptive, 300, MS);
        }
        assertEquals(200, adaptive.permits().limit());
    }

    @Test
    void holdsWhileStarvedAndKeepsTheSamplesUntilThereAreEnough() {
        AdaptiveConcurrency adaptive = of(new TargetLatency(Duration.ofMillis(50)), 100, 50);
        for (int i = 0; i < 4; i++) {
            period(adaptive, 10, 200 * MS);
            assertEquals(100, adaptive.permits().limit());
        }
        period(adaptive, 10, 200 * MS);
        assertEquals(100, adaptive.permits().limit(), "41 when the period ended");
        period(adaptive, 10, 200 * MS);
        assertEquals(90, adaptive.permits().limit());
    }

    @Test
    void doesNotGrowWhileNobodyReachesIt() {
        for (AdaptiveConcurrency.Law law : new AdaptiveConcurrency.Law[]{new TargetLatency(Duration.ofMillis(50)),
                new Gradient2()}) {
            AdaptiveConcurrency adaptive = of(law, 100, 10);
            for (int i = 0; i < 1_000; i++) {
                assertTrue(adaptive.permits().tryAcquire());
                adaptive.record(MS, now += 100 * MS);
                adaptive.permits().release();
            }
            assertEquals(100, adaptive.permits().limit());
        }
    }

    /// A backend with hidden capacity: up to it calls take 10 ms, beyond it they queue (Little's law).
    @ParameterizedTest
    @ValueSource(ints = {10, 40, 120})
    void bothLawsFindAHiddenCapacity(int capacity) {
        AdaptiveConcurrency target = of(new TargetLatency(Duration.ofMillis(15)), 20, 10);
        AdaptiveConcurrency gradient = of(new Gradient2(), 20, 10);
        for (int i = 0; i < 200; i++) {
            period(target, 100, took(target, capacity));
            period(gradient, 100, took(gradient, capacity));
        }
        assertTrue(target.permits().limit() >= capacity && target.permits().limit() <= 1.8 * capacity,
                "target: " + target.permits().limit());
        assertTrue(gradient.permits().limit() >= capacity, "gradient: " + gradient.permits().limit());
    }

    private static long took(AdaptiveConcurrency adaptive, int capacity) {
        return 10 * MS * Math.max(adaptive.permits().limit(), capacity) / capacity;
    }

    @Test
    void gradientShrinksWhenCallsSuddenlyTakeLonger() {
        AdaptiveConcurrency adaptive = of(new Gradient2(), 100, 10);
        for (int i = 0; i < 20; i++) {
            period(adaptive, 100, 10 * MS);
        }
        int before = adaptive.permits().limit();
        for (int i = 0; i < 5; i++) {
            period(adaptive, 100, 100 * MS);
        }
        assertTrue(adaptive.permits().limit() < 0.8 * before, before + " to " + adaptive.permits().limit());
    }

    @Test
    void aClassIsAtMostASixteenthWide() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            long nanos = random.nextLong() >>> 1 + random.nextInt(63);
            long edge = AdaptiveConcurrency.upperEdge(AdaptiveConcurrency.classOf(nanos));
            assertTrue(edge >= nanos && edge - nanos <= nanos / 16, nanos + " in the class up to " + edge);
        }
        assertEquals(Long.MAX_VALUE, AdaptiveConcurrency.upperEdge(AdaptiveConcurrency.classOf(Long.MAX_VALUE)));
    }

    @Test
    void refusesBoundsThatMakeNoSense() {
        assertThrows(IllegalArgumentException.class, () -> new Bounds(0, 10, 5, 1, PERIOD));
        assertThrows(IllegalArgumentException.class, () -> new Bounds(10, 5, 7, 1, PERIOD));
        assertThrows(IllegalArgumentException.class, () -> new Bounds(1, 10, 11, 1, PERIOD));
        assertThrows(IllegalArgumentException.class, () -> new Bounds(1, 10, 5, 0, PERIOD));
        assertThrows(IllegalArgumentException.class, () -> new Bounds(1, 10, 5, 1, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new TargetLatency(Duration.ZERO));
    }
}
