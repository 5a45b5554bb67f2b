package io.shanhai.metrics;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/// The house's own series and those of the JVM (`jvm_*`, `process_*`, `system_*`) on one page, in the formats of
/// Prometheus. Updating our counters touches nothing of the libraries; they only read at a scrape.
///
/// A family holds 10,000 series at most. Further label values are counted together in one series whose label values are
/// all `__overflow__`, and each refusal in `shanhai_metrics_overflow_total`.
public final class PrometheusMetrics implements Metrics, AutoCloseable {

    static final int MAX_SERIES = 10_000; // 500 routes x 2 engines x 10 statuses; a page of about 1 MB

    private final ConcurrentHashMap<String, Family<Counter>> counters = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Family<DoubleSupplier>> countersFrom = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Family<DoubleSupplier>> gauges = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Family<Histogram>> histograms = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Object> owners = new ConcurrentHashMap<>(); // name -> which of the four has it
    private final LongAdder overflow = new LongAdder();

    private JvmPage page; // guarded by this; null until started
    private boolean closed; // guarded by this

    public PrometheusMetrics() {
        counterFrom("shanhai_metrics_overflow_total", "Series refused because their family was full.", overflow::sum);
    }

    /// Begins to watch the JVM. Without it the first scrape does: its collections and their pauses are then counted from
    /// there. Apart from the constructor because loading the library costs a cold process some 100 ms that the first request
    /// need not wait for. Idempotent.
    public synchronized void start() {
        if (page == null && !closed) {
            page = new JvmPage(this::snapshots);
        }
    }

    @Override
    public Counter counter(String name, String help, String... labels) {
        requireName(name, "_total");
        return family(counters, Shapes::counters, name, help, labels).series(labels, Counter::new);
    }

    @Override
    public Histogram histogram(String name, String help, String... labels) {
        requireName(name, "_seconds");
        return family(histograms, Shapes::histograms, name, help, labels).series(labels, Histogram::new);
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value, String... labels) {
        requireName(name, "");
        family(gauges, Shapes::gauges, name, help, labels).put(labels, value);
    }

    @Override
    public void counterFrom(String name, String help, DoubleSupplier value, String... labels) {
        requireName(name, "_total");
        family(countersFrom, Shapes::countersFrom, name, help, labels).put(labels, value);
    }

    @Override
    public Page scrape(String accept) {
        String contentType = Accept.wantsOpenMetrics(accept) ? Accept.OPEN_METRICS : Accept.TEXT;
        return new Page(contentType, started().write(contentType));
    }

    private synchronized JvmPage started() {
        start();
        if (page == null) {
            throw new IllegalStateException("the metrics are closed");
        }
        return page;
    }

    /// Stops watching the JVM. Idempotent.
    @Override
    public synchronized void close() {
        closed = true;
        if (page != null) {
            page.close();
            page = null;
        }
    }

    private <T> Family<T> family(ConcurrentHashMap<String, Family<T>> kind, Family.Shape<T> shape, String name, String help,
            String[] labels) {
        if (owners.computeIfAbsent(name, _ -> kind) != kind) {
            throw new IllegalArgumentException(name + ": already registered as another kind of metric");
        }
        return kind.computeIfAbsent(name, n -> new Family<>(n, help, labels, shape, MAX_SERIES, overflow));
    }

    private MetricSnapshots snapshots() {
        List<MetricSnapshot> all = new ArrayList<>();
        counters.values().forEach(family -> all.add(family.snapshot()));
        countersFrom.values().forEach(family -> all.add(family.snapshot()));
        gauges.values().forEach(family -> all.add(family.snapshot()));
        histograms.values().forEach(family -> all.add(family.snapshot()));
        return new MetricSnapshots(all);
    }

    private static void requireName(String name, String suffix) {
        if (!name.matches("shanhai_[a-z0-9_]+") || !name.endsWith(suffix)) {
            throw new IllegalArgumentException("name: " + name + " (expected: shanhai_…" + suffix + ", lower case)");
        }
    }
}
