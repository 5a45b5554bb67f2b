package io.shanhai.gateway.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.shanhai.gateway.Balance;
import io.shanhai.gateway.Balance.Ejection;
import io.shanhai.gateway.Balance.Key;
import io.shanhai.gateway.Balance.Policy;
import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.HeadersOf;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.Pool;
import io.shanhai.gateway.PoolState;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.route.RouteTable;
import io.shanhai.metrics.PrometheusMetrics;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Choosing an endpoint and hearing of its answer costs no allocation, whatever the policy.
class BalancerAllocationTest {

    static Stream<Balance> policies() {
        return Stream.of(Balance.DEFAULT, new Balance(Policy.LEAST_REQUEST, Key.OfRequest.NONE, 1, Ejection.DEFAULT, 0, 0),
                new Balance(Policy.CONSISTENT_HASH, Key.OfRequest.PATH, 0, Ejection.DEFAULT, 0, 0));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void allocatesNothing(Balance balance) {
        PrometheusMetrics metrics = new PrometheusMetrics();
        Balancer balancer = new Balancer(metrics);
        Exchange x = exchange(balance, metrics);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 500 && least > 128; round++) { // until the compiler is done
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2_000; i++) {
                carry(balancer, x);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, 128, "bytes for 2,000 requests"); // asking allocates a little by itself
        assertEquals(0, x.pool.state().places().taken());
    }

    private static void carry(Balancer balancer, Exchange x) {
        x.attempts = 0;
        x.endpoint = null;
        assertTrue(balancer.admit(x, null));
        assertTrue(balancer.next(x) != null);
        x.firstByteNanos = x.attemptNanos + 1;
        assertFalse(balancer.mayRetryStatus(x, 200, true));
        x.release();
    }

    private static Exchange exchange(Balance balance, PrometheusMetrics metrics) {
        List<Endpoint> endpoints = Stream.of(1, 2, 3)
                .map(i -> new Endpoint("10.0.0." + i + ":80", InetSocketAddress.createUnresolved("10.0.0." + i, 80), 100))
                .toList();
        Exchange x = new Exchange(Exchange.Engine.NIO, "GET", "/a", null, "", "", HeadersOf.none(), "127.0.0.1", true, "http", 0);
        x.plan = new Plan(1, RouteTable.EMPTY,
                Map.of("svc", new Pool("svc", endpoints, List.of(), new PoolState(), balance.isHashed())));
        x.route = new Route("r", 1, new Target.ToPool("svc"), Route.Rewrite.NONE, 1_000_000_000L, Route.Retries.NONE, List.of(),
                new RouteMeters(metrics, "r"), balance, null);
        return x;
    }
}
