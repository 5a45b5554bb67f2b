/// Serves HTTP/1.1 on selector loops: the fast engine.
/// May depend on: `gateway`, `gateway.http1`, `gateway.filter`, `gateway.upstream`, `metrics`, `settings`.
/// Threads: `NioEngine` is safe for all threads; everything else is confined to the loop that owns it. The one way in from
/// outside is `Loop.offer`. A loop never blocks: what must wait is a `Suspend` and runs on a virtual thread.
/// Not here: what is allowed where (`gateway.filter`), which endpoint (`gateway.upstream.Balancer`), TLS, HTTP/2 and
/// WebSocket (`gateway.helidon`).
/// Read first: `NioEngine`, `Loop`, `ClientConnection`, `RequestInHand`, then `Relay`.
package io.shanhai.gateway.nio;
