package io.shanhai.gateway;

import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Histogram;
import io.shanhai.metrics.Metrics;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// One route's request counter and latency histogram, per engine. Safe for all threads; no allocation once a status
/// was seen.
public final class RouteMeters {

    private static final int STATUSES = 600;

    private final Metrics metrics;
    private final String routeId;
    // Most routes of a large table have no traffic: their 2.4 KB per engine come with the first request.
    private final AtomicReferenceArray<Cell> cells = new AtomicReferenceArray<>(Engine.values().length);

    private record Cell(AtomicReferenceArray<Counter> byStatus, Histogram seconds) {}

    /// @param routeId the label; `none` for requests without a route
    public RouteMeters(Metrics metrics, String routeId) {
        this.metrics = metrics;
        this.routeId = routeId;
    }

    /// @param status 100..599
    /// @param nanos from the request's head to the response's last byte
    public void record(Engine engine, int status, long nanos) {
        Cell cell = cells.get(engine.ordinal());
        if (cell == null) {
            cell = newCell(engine);
        }
        Counter counter = cell.byStatus.get(status);
        if (counter == null) {
            counter = newCounter(cell, engine, status);
        }
        counter.increment();
        cell.seconds.record(nanos);
    }

    // Two threads may both come here: Metrics gives both the same counter, so either may win.
    private Cell newCell(Engine engine) {
        Cell cell = new Cell(new AtomicReferenceArray<>(STATUSES), metrics.histogram("shanhai_gateway_request_seconds",
                "Time from a request's head to its response's last byte.", "engine", engine.label(), "route", routeId));
        return cells.compareAndSet(engine.ordinal(), null, cell) ? cell : cells.get(engine.ordinal());
    }

    private Counter newCounter(Cell cell, Engine engine, int status) {
        Counter counter = metrics.counter("shanhai_gateway_requests_total", "Requests by engine, route and status.",
                "engine", engine.label(), "route", routeId, "status", Integer.toString(status));
        cell.byStatus.set(status, counter);
        return counter;
    }
}
