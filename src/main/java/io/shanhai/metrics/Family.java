package io.shanhai.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// All series of one name: same kind, same label names, different label values. Safe for all threads.
///
/// @param <T> what one series is: `Counter`, `Histogram`, `DoubleSupplier`
final class Family<T> {

    /// Turns the series into what the Prometheus library writes.
    interface Shape<T> {
        MetricSnapshot snapshot(String name, String help, Map<Labels, T> series);
    }

    private static final String OVERFLOW = "__overflow__";

    private final String name;
    private final String help;
    private final List<String> labelNames;
    private final Shape<T> shape;
    private final int maxSeries;
    private final LongAdder overflow;
    private final ConcurrentHashMap<Labels, T> series = new ConcurrentHashMap<>();

    /// @param labels name, value, name, value, … of the first series: the names are the family's
    /// @param overflow counts what did not fit
    Family(String name, String help, String[] labels, Shape<T> shape, int maxSeries, LongAdder overflow) {
        this.name = name;
        this.help = help;
        this.labelNames = everySecond(labels, 0);
        this.shape = shape;
        this.maxSeries = maxSeries;
        this.overflow = overflow;
    }

    /// The series with these labels, made by `fresh` when there is none.
    T series(String[] labels, Supplier<T> fresh) {
        Labels key = key(labels);
        T known = series.get(key);
        return known != null ? known : series.computeIfAbsent(withinLimit(key), _ -> fresh.get());
    }

    /// Adds or replaces.
    void put(String[] labels, T value) {
        Labels key = key(labels);
        series.put(series.containsKey(key) ? key : withinLimit(key), value);
    }

    MetricSnapshot snapshot() {
        return shape.snapshot(name, help, series);
    }

    /// The size is read without a lock: racing registrations may exceed the limit by the number of threads.
    private Labels withinLimit(Labels key) {
        if (series.size() < maxSeries) {
            return key;
        }
        overflow.increment();
        return Labels.of(labelNames, Collections.nCopies(labelNames.size(), OVERFLOW));
    }

    /// One family with two sets of label names would make the whole page invalid.
    private Labels key(String[] labels) {
        List<String> names = everySecond(labels, 0);
        if (!names.equals(labelNames)) {
            throw new IllegalArgumentException(name + ": labels " + names + " (expected: " + labelNames
                    + ", as first registered)");
        }
        return Labels.of(names, everySecond(labels, 1));
    }

    private static List<String> everySecond(String[] labels, int from) {
        if (labels.length % 2 != 0) {
            throw new IllegalArgumentException("labels: " + Arrays.toString(labels) + " (expected: name, value pairs)");
        }
        List<String> items = new ArrayList<>(labels.length / 2);
        for (int i = from; i < labels.length; i += 2) {
            items.add(labels[i]);
        }
        return List.copyOf(items);
    }
}
