/// Counts and times what the process does.
/// May depend on: nothing.
/// Threads: everything here is safe for all threads; updating a counter or histogram takes no lock.
/// Not here: where numbers are shown (`admin`), which numbers exist (each room registers its own).
/// Read first: `Metrics`, then `PrometheusMetrics`.
package io.shanhai.metrics;
