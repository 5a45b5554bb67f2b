package io.shanhai.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/// Real counters without a registry, for tests that read them by name.
public final class PlainMetrics implements Metrics {

    private final Map<String, Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, Histogram> histograms = new ConcurrentHashMap<>();

    /// What the counter of this name stands at, labels left aside; 0 when nobody asked for it.
    public long count(String name) {
        Counter counter = counters.get(name);
        return counter == null ? 0 : counter.value();
    }

    @Override
    public Counter counter(String name, String help, String... labels) {
        return counters.computeIfAbsent(name, _ -> new Counter());
    }

    @Override
    public Histogram histogram(String name, String help, String... labels) {
        return histograms.computeIfAbsent(name, _ -> new Histogram());
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value, String... labels) {
        // nobody scrapes
    }

    @Override
    public void counterFrom(String name, String help, DoubleSupplier value, String... labels) {
        // nobody scrapes
    }

    @Override
    public Page scrape(String accept) {
        throw new UnsupportedOperationException("no exposition in tests of other rooms");
    }
}
