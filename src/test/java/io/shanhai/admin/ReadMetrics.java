package io.shanhai.admin;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Histogram;
import io.shanhai.metrics.Metrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/// Lets a test read the gauges a room registers.
final class ReadMetrics implements Metrics {

    private final Map<String, DoubleSupplier> values = new ConcurrentHashMap<>();

    double value(String name) {
        return values.get(name).getAsDouble();
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value, String... labels) {
        values.put(name, value);
    }

    @Override
    public void counterFrom(String name, String help, DoubleSupplier value, String... labels) {
        values.put(name, value);
    }

    @Override
    public Counter counter(String name, String help, String... labels) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public Histogram histogram(String name, String help, String... labels) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public Page scrape(String accept) {
        throw new UnsupportedOperationException("scrape");
    }
}
