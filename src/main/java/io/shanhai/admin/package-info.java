/// Serves the node's own HTTP API to operators and tools: the door, what every call shares, and the calls about one node.
/// May depend on: `gateway`, `gateway.plan`, `registry`, `store`, `json`, `settings`, `node`, `metrics`.
/// Threads: one virtual thread per connection; `AdminDoor` is safe for all threads, an `EventStream` is offered to by
/// any thread and written by its connection's.
/// Not here: the data plane's HTTP (`gateway.helidon`, `gateway.nio`), what requests mean (the rooms they are passed to),
/// routes, limits and change sets (`objects`), traces and metrics (`telemetry`).
/// Read first: `AdminDoor`, then `Endpoints`, then `AccessRules`, then `Problems`.
package io.shanhai.admin;
