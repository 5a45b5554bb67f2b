/// Decides whether a request may proceed now.
/// May depend on: nothing (pure: no I/O, no clock of its own).
/// Threads: every `Limit` and `ConcurrencyLimit` are safe for all threads.
/// Not here: what to answer when refused (`gateway.filter`), which route has which limit (`gateway.plan`).
/// Read first: `Limit`, then `SlidingWindow`, then `TokenBucket`; `Gcra` is the one without a lock; `ConcurrencyLimit` stands alone.
package io.shanhai.limiter;
