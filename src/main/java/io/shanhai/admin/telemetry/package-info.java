/// Shows what was traced, decided and measured.
/// May depend on: `admin`, `explain`, `collector`, `trace`, `metrics`.
/// Threads: one virtual thread per connection; the services are safe for all threads.
/// Not here: keeping traces (`collector`), joining decisions into a story (`explain`), taking spans in.
/// Read first: `ExplainService`, then `JaegerQuery`.
package io.shanhai.admin.telemetry;
