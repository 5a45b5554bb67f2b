package io.shanhai.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.metrics.PrometheusMetrics;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RouteMetersTest {

    private static final int[] STATUSES = {200, 404, 200, 503, 200, 499, 404};

    private final PrometheusMetrics metrics = new PrometheusMetrics();
    private final RouteMeters meters = new RouteMeters(metrics, "r");

    @Test
    void countsEveryStatusOfEachEngine() {
        for (Engine engine : Engine.values()) {
            for (int status : STATUSES) {
                meters.record(engine, status, 1_000_000);
            }
        }
        String page = new String(metrics.scrape(null).body(), StandardCharsets.UTF_8);
        metrics.close();
        for (String engine : new String[]{"helidon", "nio"}) {
            for (String line : new String[]{"status=\"200\"} 3", "status=\"404\"} 2", "status=\"503\"} 1", "status=\"499\"} 1"}) {
                assertTrue(page.contains("shanhai_gateway_requests_total{engine=\"" + engine + "\",route=\"r\"," + line), line);
            }
            assertTrue(page.contains("shanhai_gateway_request_seconds_count{engine=\"" + engine + "\",route=\"r\"} 7"));
        }
    }

    @Test
    void allocatesNothingOnceAStatusWasSeen() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 500 && least > 128; round++) { // until the compiler is done
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                meters.record(Engine.NIO, STATUSES[i % STATUSES.length], i);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, 128, "bytes for 1,000 requests"); // asking allocates a little by itself
        metrics.close();
    }

    /// Most routes of a large table have one status: what a route with traffic keeps must stay small.
    @Test
    void aRouteWithTrafficKeepsLittle() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        String[] labels = {"engine", "nio", "route", "overflow"};
        long lookUps = allocated(threads, () -> {
            metrics.counter("shanhai_gateway_requests_total", "", "engine", "nio", "route", "overflow", "status", "200");
            metrics.histogram("shanhai_gateway_request_seconds", "", labels);
        });
        long whole = allocated(threads, () -> new RouteMeters(metrics, "overflow").record(Engine.NIO, 200, 1));
        metrics.close();
        assertTrue(whole - lookUps < 200, whole - lookUps + " bytes kept by a route with traffic");
    }

    private static long allocated(ThreadMXBean threads, Runnable work) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 50; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            work.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
