/// Knows this node: its name, its version, its folder, its sense of time.
/// May depend on: nothing.
/// Threads: everything here is safe for all threads, except `SteadyClock.tick`, which one thread calls.
/// Not here: other nodes (`membership`).
/// Read first: `Version`, then `DataFolder`, then `SteadyClock`.
package io.shanhai.node;
