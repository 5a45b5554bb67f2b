package io.shanhai.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LimitAllocationTest {

    static Stream<Limit> limits() {
        return Stream.of(new SlidingWindow(100, Duration.ofMillis(1)), new TokenBucket(100_000, Duration.ofSeconds(1), 200),
                new TokenBucket(99_991, Duration.ofSeconds(1), 200, Duration.ofSeconds(2)),
                new Gcra(100_000, Duration.ofSeconds(1), 200, 0));
    }

    @ParameterizedTest
    @MethodSource("limits")
    void allocatesNothing(Limit limit) {
        assertAllocatesNothing(from -> use(limit, from));
    }

    @Test
    void aPassWithConcurrencyBreakerAndAdaptionAllocatesNothing() {
        OnePass pass = new OnePass(limits().toArray(Limit[]::new), new boolean[]{false, true, false, false});
        var breaker = new CircuitBreaker(CircuitBreaker.Terms.defaults());
        var adaptive = new AdaptiveConcurrency(new TargetLatency(Duration.ofMillis(1)),
                new AdaptiveConcurrency.Bounds(1, 100, 10, 10, Duration.ofMillis(10)));
        var queue = new LeakyQueue(1_000, Duration.ofSeconds(1), Duration.ofMillis(10), 0);
        var shedding = new PriorityShedding(adaptive.permits(), 100, 50);
        assertAllocatesNothing(from -> {
            for (int i = 0; i < 100_000; i++) {
                long now = from + i * 1_000L;
                queue.place(now);
                long permit = breaker.tryAcquire(now);
                if (permit != CircuitBreaker.REFUSED) {
                    breaker.record(permit, pass.tryAcquire(now) != OnePass.ADMITTED, 1_000, now);
                }
                if (shedding.tryAcquire(i & 1)) {
                    adaptive.record(i, now);
                    adaptive.permits().release();
                }
            }
        });
    }

    private static void assertAllocatesNothing(LongConsumer requests) {
        requests.accept(0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 1; round <= 5; round++) { // the compiler's own traces may fall on one round, not on all
            long before = threads.getCurrentThreadAllocatedBytes();
            requests.accept(round * 1_000_000_000L);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, 128, "bytes for 100,000 requests"); // asking allocates a little by itself
    }

    private static void use(Limit limit, long from) {
        for (int i = 0; i < 100_000; i++) {
            long now = from + i * 1_000L;
            if (limit.tryAcquire(now) && i % 7 == 0) {
                limit.giveBack(now);
            }
            limit.remaining(now);
            limit.nanosUntilFree(now);
        }
    }
}
