/// Tells why one request was treated as it was.
/// May depend on: `collector`, `trace`, `decision`, Jackson.
/// Threads: `Explain` is safe for all threads; everything else is made per question.
/// Not here: taking decisions (`gateway`), keeping them (`collector`), what would happen to a request that was never sent
/// (`gateway.route`, asked by `admin`).
/// Read first: `Explain`, then `Story`.
package io.shanhai.explain;
