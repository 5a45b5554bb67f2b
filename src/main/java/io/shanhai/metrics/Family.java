package io.shanhai.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// All series of one name: same kind, same label names, different label values. Safe for all threads.
///
/// @param <T> what one series is: `Counter`, `Histogram`, `DoubleSupplier`
final class Family<T> {

    /// Turns the series into what the Prometheus library writes.
    interface Shape<T> {
        MetricSnapshot snapshot(String name, String help, Map<Labels, T> series);
    }

    private static final String OVERFLOW = "__overflow__";
    private static final Pattern LABEL_NAME = Pattern.compile("(?!le$)[a-z][a-z0-9_]*"); // le belongs to histograms

    private final String name;
    private final String help;
    private final List<String> labelNames;
    private final Shape<T> shape;
    private final int maxSeries;
    private final LongAdder overflow;
    private final ConcurrentHashMap<List<String>, T> series = new ConcurrentHashMap<>(); // by label values

    /// @param labels name, value, name, value, … of the first series: the names are the family's
    /// @param overflow counts what did not fit
    Family(String name, String help, String[] labels, Shape<T> shape, int maxSeries, LongAdder overflow) {
        this.name = name;
        this.help = help;
        this.labelNames = names(labels);
        this.shape = shape;
        this.maxSeries = maxSeries;
        this.overflow = overflow;
    }

    /// The series with these labels, made by `fresh` when there is none.
    T series(String[] labels, Supplier<T> fresh) {
        List<String> key = key(labels);
        T known = series.get(key);
        return known != null ? known : series.computeIfAbsent(withinLimit(key), _ -> fresh.get());
    }

    /// Adds or replaces.
    void put(String[] labels, T value) {
        List<String> key = key(labels);
        series.put(series.containsKey(key) ? key : withinLimit(key), value);
    }

    MetricSnapshot snapshot() {
        Map<Labels, T> labelled = new HashMap<>();
        series.forEach((values, one) -> labelled.put(Labels.of(labelNames, values), one));
        return shape.snapshot(name, help, labelled);
    }

    /// The size is read without a lock: racing registrations may exceed the limit by the number of threads.
    private List<String> withinLimit(List<String> key) {
        if (series.size() < maxSeries) {
            return key;
        }
        overflow.increment();
        return Collections.nCopies(labelNames.size(), OVERFLOW);
    }

    /// One family with two sets of label names would make the whole page invalid.
    private List<String> key(String[] labels) {
        List<String> names = everySecond(labels, 0);
        if (!names.equals(labelNames)) {
            throw new IllegalArgumentException(name + ": labels " + names + " (expected: " + labelNames
                    + ", as first registered)");
        }
        return everySecond(labels, 1);
    }

    private static List<String> names(String[] labels) {
        List<String> names = everySecond(labels, 0);
        if (!names.stream().allMatch(name -> LABEL_NAME.matcher(name).matches()) || Set.copyOf(names).size() < names.size()) {
            throw new IllegalArgumentException("labels: " + names + " (expected: different names, lower case, not \"le\")");
        }
        return names;
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
