package io.shanhai.limiter;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRuleManager;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// One decision that admits, ours and our peers' in the same run; one object for all threads. Nothing refuses: a limit that
/// is reached answers without writing, and would look faster than it is. `trio` is window, concurrency and breaker, taken
/// and given back.
///
/// Run: `bench/limiter`, or with the test class path `java org.openjdk.jmh.Main LimitBench -prof gc -t 1`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgs = {"-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-Xms256m", "-Xmx256m"})
public class LimitBench {

    private static final int MUCH = 1_000_000_000;
    private static final Duration SECOND = Duration.ofSeconds(1);

    /// The time passed in: an exchange's stamp. Each thread's moves on by 1 µs per decision, so that buckets begin and end.
    @State(Scope.Thread)
    public static class Stamp {
        private long now;

        long next() {
            return now += 1_000;
        }
    }

    private final SlidingWindow window = new SlidingWindow(Integer.MAX_VALUE, SECOND);
    private final TokenBucket bucket = new TokenBucket(MUCH, SECOND, MUCH);
    private final Gcra gcra = new Gcra(MUCH, SECOND, MUCH, System.nanoTime());
    private final ConcurrencyLimit concurrency = new ConcurrencyLimit(1_000);
    private final CircuitBreaker breaker = new CircuitBreaker(CircuitBreaker.Terms.defaults());
    private final SlidingWindow stampedWindow = new SlidingWindow(Integer.MAX_VALUE, SECOND);
    private final CircuitBreaker stampedBreaker = new CircuitBreaker(CircuitBreaker.Terms.defaults());
    private final OnePass three = new OnePass(
            new Limit[]{new SlidingWindow(Integer.MAX_VALUE, SECOND), new TokenBucket(MUCH, SECOND, MUCH),
                    new SlidingWindow(Integer.MAX_VALUE, Duration.ofMinutes(1))},
            new boolean[3]);

    private final RateLimiter resilienceRate = RateLimiter.of("bench", RateLimiterConfig.custom().limitForPeriod(MUCH)
            .limitRefreshPeriod(SECOND).timeoutDuration(Duration.ZERO).build());
    private final Bulkhead resilienceBulkhead = Bulkhead.of("bench",
            io.github.resilience4j.bulkhead.BulkheadConfig.custom().maxConcurrentCalls(1_000).build());
    private final io.github.resilience4j.circuitbreaker.CircuitBreaker resilienceBreaker = io.github.resilience4j.circuitbreaker.CircuitBreaker
            .ofDefaults("bench");
    private final Bucket bucket4j = Bucket.builder()
            .addLimit(limit -> limit.capacity(MUCH).refillGreedy(MUCH, SECOND)).withNanosecondPrecision().build();
    private final Limiter<Void> netflix = SimpleLimiter.newBuilder().limit(FixedLimit.of(1_000)).build();

    @Setup
    public void sentinelRules() {
        FlowRule rate = new FlowRule("bench").setGrade(RuleConstant.FLOW_GRADE_QPS).setCount(MUCH);
        FlowRule threads = new FlowRule("bench").setGrade(RuleConstant.FLOW_GRADE_THREAD).setCount(1_000);
        FlowRuleManager.loadRules(List.of(rate, threads));
        DegradeRuleManager.loadRules(List.of(new DegradeRule("bench").setGrade(RuleConstant.DEGRADE_GRADE_EXCEPTION_RATIO)
                .setCount(0.5).setTimeWindow(30)));
    }

    @Benchmark
    public long clock() {
        return System.nanoTime();
    }

    @Benchmark
    public boolean window() {
        return window.tryAcquire(System.nanoTime());
    }

    @Benchmark
    public boolean bucket() {
        return bucket.tryAcquire(System.nanoTime());
    }

    @Benchmark
    public boolean gcra() {
        return gcra.tryAcquire(System.nanoTime());
    }

    @Benchmark
    public boolean windowStamped(Stamp stamp) {
        return stampedWindow.tryAcquire(stamp.next());
    }

    @Benchmark
    public boolean concurrency() {
        boolean free = concurrency.tryAcquire();
        if (free) {
            concurrency.release();
        }
        return free;
    }

    @Benchmark
    public int threeInOnePass() {
        return three.tryAcquire(System.nanoTime());
    }

    @Benchmark
    public boolean trioStamped(Stamp stamp) {
        long now = stamp.next();
        return trio(stampedWindow, stampedBreaker, now, now);
    }

    @Benchmark
    public boolean trioWithTwoClocks() {
        long start = System.nanoTime();
        if (!window.tryAcquire(start) || !concurrency.tryAcquire()) {
            return false;
        }
        long permit = breaker.tryAcquire(start);
        return end(breaker, permit, start, System.nanoTime());
    }

    private boolean trio(SlidingWindow rate, CircuitBreaker circuit, long start, long end) {
        if (!rate.tryAcquire(start) || !concurrency.tryAcquire()) {
            return false;
        }
        return end(circuit, circuit.tryAcquire(start), start, end);
    }

    private boolean end(CircuitBreaker circuit, long permit, long start, long end) {
        concurrency.release();
        circuit.record(permit, false, end - start, end);
        return permit != CircuitBreaker.REFUSED;
    }

    @Benchmark
    public boolean peerResilience4jRate() {
        return resilienceRate.acquirePermission();
    }

    @Benchmark
    public boolean peerResilience4jTrio() {
        if (!resilienceRate.acquirePermission() || !resilienceBulkhead.tryAcquirePermission()) {
            return false;
        }
        boolean free = resilienceBreaker.tryAcquirePermission();
        resilienceBulkhead.onComplete();
        resilienceBreaker.onSuccess(1_000, TimeUnit.NANOSECONDS);
        return free;
    }

    @Benchmark
    public boolean peerBucket4j() {
        return bucket4j.tryConsume(1);
    }

    @Benchmark
    public boolean peerNetflixSimpleLimiter() {
        Optional<Limiter.Listener> permit = netflix.acquire(null);
        permit.ifPresent(Limiter.Listener::onSuccess);
        return permit.isPresent();
    }

    @Benchmark
    public boolean peerSentinelEntry() {
        try {
            Entry entry = SphU.entry("bench");
            entry.exit();
            return true;
        } catch (BlockException e) {
            return false;
        }
    }
}
