/// Carries a request to the service it is for.
/// May depend on: `registry`, `limiter`, `trace`, `metrics`, `decision`, `settings`, `node`.
/// Threads: a `Plan` is immutable and read by every request thread; an `Exchange` belongs to one request and is touched
/// by one thread at a time (its loop, or the virtual thread of a `Suspend`, handed over by a happens-before edge).
/// Not here: parsing sockets (`gateway.helidon`, `gateway.nio`), storing routes (`store`), explaining (`explain`).
/// Read first: `Exchange`, `Verdict`, `Plan`, then `filter.Chain`.
package io.shanhai.gateway;
