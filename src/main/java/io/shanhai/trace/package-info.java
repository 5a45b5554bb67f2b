/// Names a request across processes: W3C trace context, span records, the ring they leave by.
/// May depend on: nothing.
/// Threads: everything here is safe for all threads; `SpanRing` has many producers and one consumer.
/// Not here: storing and querying spans (`collector`), deciding which requests are traced (`gateway.filter`).
/// Read first: `TraceContext`, then `Tracer` and `W3cTracer`, then `SpanRing`.
package io.shanhai.trace;
