/// Decides whether a request may proceed now.
/// May depend on: nothing (pure: no I/O, no clock of its own).
/// Threads: every class is safe for all threads, without a lock but where a bucket of a breaker's time window begins.
/// Not here: what to answer when refused (`gateway.filter`), which route has which limit (`gateway.plan`).
/// Read first: `Limit`, then `SlidingWindow`, `TokenBucket`, `Gcra`; `OnePass` asks several; `ConcurrencyLimit`, `CircuitBreaker`,
/// `AdaptiveConcurrency` with its laws, `PriorityShedding` and `LeakyQueue` stand beside them.
package io.shanhai.limiter;
