package io.shanhai.metrics;

import java.util.function.DoubleSupplier;

/// The process's metrics. Asking twice for the same name and labels gives the same object.
/// Label values come from bounded sets only (route ids, engines, status codes), never from a client.
public interface Metrics {

    /// @param name ends in `_total`, starts with `shanhai_`
    /// @param labels name, value, name, value, …
    Counter counter(String name, String help, String... labels);

    /// @param name ends in `_seconds`
    Histogram histogram(String name, String help, String... labels);

    /// A value read at each scrape. A second registration under the same name and labels replaces the first.
    void gauge(String name, String help, DoubleSupplier value, String... labels);

    /// A counter kept elsewhere and read at each scrape.
    ///
    /// @param name ends in `_total`
    void counterFrom(String name, String help, DoubleSupplier value, String... labels);

    /// Renders everything: OpenMetrics 1.0 when `accept` asks for it, text 0.0.4 otherwise.
    ///
    /// @param accept the request's Accept header, null when there is none
    Page scrape(String accept);

    /// @param contentType as the format demands
    record Page(String contentType, byte[] body) {}
}
