/// Reads HTTP/1.1 messages strictly: heads, framing, chunks.
/// May depend on: `gateway`.
/// Threads: pure and without I/O; every parser and scanner is confined to the connection that owns it.
/// Not here: sockets (`gateway.nio`, `gateway.upstream`), which fields are passed on (`gateway.upstream.Forwarding`).
/// Read first: `HeadParser`, then `RequestParser`, `Framing`, `ChunkScanner`.
package io.shanhai.gateway.http1;
