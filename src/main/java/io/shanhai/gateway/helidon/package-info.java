/// Serves the gateway's chain with Helidon: HTTP/1.1 and HTTP/2, one virtual thread per request.
/// May depend on: `gateway`, `gateway.http1`, `gateway.filter`, `gateway.upstream`, `metrics`, `settings`.
/// Threads: `HelidonEngine` is safe for all threads; a connection belongs to its virtual thread, and to the upload thread
/// of its current exchange for reading the body; the deadlines' thread only closes or fires.
/// Not here: the chain's steps (`gateway.filter`), connections to instances (`gateway.upstream`).
/// Read first: `HelidonEngine`, `Courier`, then `Http1Connection`.
package io.shanhai.gateway.helidon;
