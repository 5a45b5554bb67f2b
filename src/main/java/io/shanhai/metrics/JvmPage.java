package io.shanhai.metrics;

import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// Watches the JVM and writes the page: its series and ours. Safe for all threads.
final class JvmPage implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    JvmPage(MultiCollector ours) {
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
        registry.getPrometheusRegistry().register(ours);
    }

    byte[] write(String contentType) {
        ByteArrayOutputStream page = new ByteArrayOutputStream(16 * 1024); // without routes it has about 8 KB
        try {
            registry.scrape(page, contentType);
        } catch (IOException e) {
            throw new UncheckedIOException("writing the metrics page to memory failed", e);
        }
        return page.toByteArray();
    }

    /// Stops listening to the JVM's collectors.
    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
