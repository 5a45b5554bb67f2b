/// Keeps the latest traces with the decisions that belong to them.
/// May depend on: `trace`, `decision`, `metrics`, `settings`.
/// Threads: `Collector` is safe for all threads; its thread `collector` takes from the rings, `TraceStore` is confined by
/// the collector's lock.
/// Not here: making spans and decisions (`gateway.filter`), telling what they mean (`explain`), query protocols (`admin`).
/// Read first: `Collector`, then `TraceStore`, then `Trace`.
package io.shanhai.collector;
