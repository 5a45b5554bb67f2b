package io.shanhai.gateway;

import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Histogram;
import io.shanhai.metrics.Metrics;
import java.util.Arrays;

/// One route's request counter and latency histogram, per engine. Safe for all threads; no allocation once a status
/// was seen.
public final class RouteMeters {

    /*
     * With 100,000 routes under traffic every byte here is a byte that many times, and every object a cache miss of its
     * own: nothing exists before the first request, most routes see one status, and that one is looked at first.
     */
    private final Metrics metrics;
    private final String routeId;
    private volatile Cell helidon;
    private volatile Cell nio;

    private static final class Cell {
        private final int usualStatus;
        private final Counter usual;
        private final Histogram seconds;
        /// Copied on write; a race may lose one, which comes back with its next request.
        private volatile Others others = Others.NONE;

        Cell(int usualStatus, Counter usual, Histogram seconds) {
            this.usualStatus = usualStatus;
            this.usual = usual;
            this.seconds = seconds;
        }
    }

    private record Others(int[] statuses, Counter[] counters) {
        private static final Others NONE = new Others(new int[0], new Counter[0]);

        Counter find(int status) {
            for (int i = 0; i < statuses.length; i++) {
                if (statuses[i] == status) {
                    return counters[i];
                }
            }
            return null;
        }

        Others with(int status, Counter counter) {
            int[] moreStatuses = Arrays.copyOf(statuses, statuses.length + 1);
            Counter[] moreCounters = Arrays.copyOf(counters, counters.length + 1);
            moreStatuses[statuses.length] = status;
            moreCounters[counters.length] = counter;
            return new Others(moreStatuses, moreCounters);
        }
    }

    /// @param routeId the label; `none` for requests without a route
    public RouteMeters(Metrics metrics, String routeId) {
        this.metrics = metrics;
        this.routeId = routeId;
    }

    /// @param status 100..599
    /// @param nanos from the request's head to the response's last byte
    public void record(Engine engine, int status, long nanos) {
        Cell cell = engine == Engine.NIO ? nio : helidon;
        if (cell == null) {
            cell = newCell(engine, status);
        }
        Counter counter = cell.usualStatus == status ? cell.usual : cell.others.find(status);
        if (counter == null) {
            counter = counter(engine, status);
            cell.others = cell.others.with(status, counter);
        }
        counter.increment();
        cell.seconds.record(nanos);
    }

    // Two threads may both come here: Metrics gives both the same counters, so either may win.
    private Cell newCell(Engine engine, int status) {
        Cell cell = new Cell(status, counter(engine, status), metrics.histogram("shanhai_gateway_request_seconds",
                "Time from a request's head to its response's last byte.", "engine", engine.label(), "route", routeId));
        if (engine == Engine.NIO) {
            nio = cell;
        } else {
            helidon = cell;
        }
        return cell;
    }

    private Counter counter(Engine engine, int status) {
        return metrics.counter("shanhai_gateway_requests_total", "Requests by engine, route and status.",
                "engine", engine.label(), "route", routeId, "status", Integer.toString(status));
    }
}
