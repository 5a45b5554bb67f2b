/// Knows which instances of which service exist.
/// May depend on: `membership`, `store`, `json`, `metrics`, `settings`.
/// Threads: `Registry` is safe for all threads; listeners are called on the change feed's thread.
/// Not here: choosing an instance (`gateway.upstream`), the HTTP API (`admin`).
/// Read first: `Registry`, then `Instance`, then `InstanceSpec`.
package io.shanhai.registry;
