/// Runs the chain of steps every request passes, the same on both engines.
/// May depend on: `gateway`, `limiter`, `trace`, `metrics`, `decision`, `node`.
/// Threads: `Chain` is safe for all threads; an `Exchange` is touched by one at a time.
/// Not here: choosing an endpoint (`gateway.upstream`), sockets (`gateway.helidon`, `gateway.nio`), which route has
/// which filters (`gateway.plan`).
/// Read first: `Chain`, then `LimitFilter`, then `Journal`.
package io.shanhai.gateway.filter;
