package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class OnePassTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private static OnePass enforced(Limit... limits) {
        return new OnePass(limits, new boolean[limits.length]);
    }

    @Test
    void aRefusalTakesNothingFromAny() {
        Limit window = new SlidingWindow(10, SECOND);
        Limit bucket = new TokenBucket(10, SECOND, 3);
        Limit gcra = new Gcra(10, SECOND, 5, 0);
        OnePass pass = enforced(window, gcra, bucket);
        for (int i = 0; i < 3; i++) {
            assertEquals(OnePass.ADMITTED, pass.tryAcquire(0));
        }
        for (int i = 0; i < 100; i++) {
            assertEquals(2, pass.tryAcquire(0));
        }
        assertEquals(7, window.remaining(0));
        assertEquals(2, gcra.remaining(0));
        assertEquals(3, pass.admitted(0));
        assertEquals(3, pass.admitted(2));
        assertEquals(100, pass.refused(2));
        assertEquals(0, pass.refused(0));
    }

    /// The trap of giving back: idling between taking and giving back restores a token twice. Nothing is taken here.
    @Test
    void refusalsOverTimeDoNotFillABucketAboveItsBurst() {
        Limit bucket = new TokenBucket(10, SECOND, 2);
        Limit never = new SlidingWindow(1, Duration.ofDays(1));
        assertTrue(never.tryAcquire(0));
        OnePass pass = enforced(bucket, never);
        for (long now = 0; now < 5_000_000_000L; now += 10_000_000) {
            assertEquals(1, pass.tryAcquire(now));
            assertEquals(2, bucket.remaining(now));
        }
    }

    @Test
    void aShadowCountsAndNeverRefuses() {
        Limit now = new SlidingWindow(10, SECOND);
        Limit candidate = new SlidingWindow(4, SECOND);
        OnePass pass = new OnePass(new Limit[]{candidate, now}, new boolean[]{true, false});
        for (int i = 0; i < 10; i++) {
            assertEquals(OnePass.ADMITTED, pass.tryAcquire(0));
        }
        assertEquals(1, pass.tryAcquire(0));
        assertEquals(4, pass.admitted(0));
        assertEquals(6, pass.refused(0), "the eleventh never reached it");
        assertEquals(10, pass.admitted(1));
        assertEquals(1, pass.refused(1));
    }

    @Test
    void whatSomethingOutsideRefusedIsGivenBack() {
        Limit window = new SlidingWindow(2, SECOND);
        Limit bucket = new TokenBucket(2, SECOND, 2);
        OnePass pass = enforced(window, bucket);
        for (int i = 0; i < 10; i++) {
            assertEquals(OnePass.ADMITTED, pass.tryAcquire(i));
            pass.giveBack(i);
        }
        assertEquals(2, window.remaining(10));
        assertEquals(2, bucket.remaining(10));
    }

    /// Against one limit after the other in plain numbers, at moments that all agree on.
    @Test
    void admitsExactlyWhenAllAreFree() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            Limit[] limits = {new SlidingWindow(3 + random.nextInt(5), SECOND, 4),
                    new TokenBucket(1 + random.nextInt(9), SECOND, 1 + random.nextInt(5)),
                    new Gcra(1 + random.nextInt(9), SECOND, 1 + random.nextInt(5), 0)};
            OnePass pass = enforced(limits);
            long now = 0;
            for (int i = 0; i < 300; i++) {
                long[] before = {limits[0].remaining(now), limits[1].remaining(now), limits[2].remaining(now)};
                int first = before[0] == 0 ? 0 : before[1] == 0 ? 1 : before[2] == 0 ? 2 : OnePass.ADMITTED;
                assertEquals(first, pass.tryAcquire(now), "seed " + seed + ", request " + i);
                for (int n = 0; n < limits.length; n++) {
                    assertEquals(before[n] - (first == OnePass.ADMITTED ? 1 : 0), limits[n].remaining(now));
                }
                now += random.nextInt(200_000_000);
            }
        }
    }

    /// However threads come in between asking and taking, the tighter limit is used up exactly and the other as much.
    @Test
    void aRaceLosesAndInventsNoUnit() throws Exception {
        SlidingWindow wide = new SlidingWindow(50_000, SECOND);
        SlidingWindow tight = new SlidingWindow(20_000, SECOND);
        OnePass pass = enforced(wide, tight);
        Callable<Integer> asker = () -> {
            int granted = 0;
            for (int i = 0; i < 20_000; i++) {
                granted += pass.tryAcquire(0) == OnePass.ADMITTED ? 1 : 0;
            }
            return granted;
        };
        int total = 0;
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (Future<Integer> granted : threads.invokeAll(List.of(asker, asker, asker, asker))) {
                total += granted.get();
            }
        }
        assertEquals(20_000, total);
        assertEquals(30_000, wide.remaining(0));
        assertEquals(80_000, pass.admitted(0) + pass.refused(0) + pass.refused(1));
    }

    @Test
    void refusesShadowsThatDoNotMatch() {
        assertThrows(IllegalArgumentException.class, () -> new OnePass(new Limit[0], new boolean[1]));
    }
}
