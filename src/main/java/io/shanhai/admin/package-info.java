/// Serves the node's own HTTP API to operators and tools.
/// May depend on: `explain`, `gateway`, `gateway.plan`, `registry`, `collector`, `store`, `settings`, `node`, `trace`, `metrics`.
/// Threads: one virtual thread per connection; `AdminDoor` is safe for all threads, an `EventStream` is offered to by
/// any thread and written by its connection's.
/// Not here: the data plane's HTTP (`gateway.helidon`, `gateway.nio`), what requests mean (the rooms they are passed to).
/// Read first: `AdminDoor`, then `AccessRules`, then `Problems`.
package io.shanhai.admin;
