/// Answers Jaeger's query protocol from the collector.
/// May depend on: `admin`, `collector`, `trace`.
/// Threads: one virtual thread per connection; `JaegerQuery` is safe for all threads.
/// Not here: keeping traces (`collector`), taking spans in.
/// Read first: `JaegerQuery`, then `JaegerTrace`.
package io.shanhai.admin.jaeger;
