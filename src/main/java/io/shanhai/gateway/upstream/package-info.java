/// Chooses the endpoint a request is sent to, learns from how that ended, and says what is forwarded.
/// May depend on: `gateway`, `gateway.http1`, `metrics`, `settings`, `trace`.
/// Threads: everything is safe for all threads; a connection is used by one exchange at a time.
/// Not here: which instances exist (`registry`), how pools are compiled (`gateway.plan`), non-blocking connections
/// (`gateway.nio`).
/// Read first: `Balancer`, `Picker`, `Failure`, `Forwarding`.
package io.shanhai.gateway.upstream;
