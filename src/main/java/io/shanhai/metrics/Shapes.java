package io.shanhai.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;
import java.util.function.DoubleSupplier;

/// How each kind of series looks in the Prometheus library's model, which its writers turn into text.
final class Shapes {

    private Shapes() {}

    static MetricSnapshot counters(String name, String help, Map<Labels, Counter> series) {
        CounterSnapshot.Builder family = counterFamily(name, help);
        series.forEach((labels, counter) -> family.dataPoint(
                CounterDataPointSnapshot.builder().labels(labels).value(counter.value()).build()));
        return family.build();
    }

    static MetricSnapshot countersFrom(String name, String help, Map<Labels, DoubleSupplier> series) {
        CounterSnapshot.Builder family = counterFamily(name, help);
        series.forEach((labels, value) -> family.dataPoint(
                CounterDataPointSnapshot.builder().labels(labels).value(value.getAsDouble()).build()));
        return family.build();
    }

    static MetricSnapshot gauges(String name, String help, Map<Labels, DoubleSupplier> series) {
        GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
        series.forEach((labels, value) -> family.dataPoint(
                GaugeDataPointSnapshot.builder().labels(labels).value(value.getAsDouble()).build()));
        return family.build();
    }

    static MetricSnapshot histograms(String name, String help, Map<Labels, Histogram> series) {
        HistogramSnapshot.Builder family = HistogramSnapshot.builder().name(name).help(help);
        series.forEach((labels, histogram) -> family.dataPoint(HistogramDataPointSnapshot.builder().labels(labels)
                .classicHistogramBuckets(buckets(histogram)).sum(histogram.sumSeconds()).build()));
        return family.build();
    }

    /// The library's name of a counter has no `_total`: its writers add it where the format wants it.
    private static CounterSnapshot.Builder counterFamily(String name, String help) {
        return CounterSnapshot.builder().name(name.substring(0, name.length() - "_total".length())).help(help);
    }

    private static ClassicHistogramBuckets buckets(Histogram histogram) {
        long[] upperNanos = histogram.upperNanos();
        double[] upperSeconds = new double[upperNanos.length + 1];
        for (int i = 0; i < upperNanos.length; i++) {
            upperSeconds[i] = upperNanos[i] / 1e9;
        }
        upperSeconds[upperNanos.length] = Double.POSITIVE_INFINITY;
        return ClassicHistogramBuckets.of(upperSeconds, histogram.counts());
    }
}
