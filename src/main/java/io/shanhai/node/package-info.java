/// Knows this node: its name, its version, its sense of time.
/// May depend on: nothing.
/// Threads: everything here is safe for all threads, except `SteadyClock.tick`, which one thread calls.
/// Not here: other nodes (`membership`).
/// Read first: `Version`, then `SteadyClock`.
package io.shanhai.node;
