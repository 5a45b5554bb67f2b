/// Knows who is in the cluster. One node so far.
/// May depend on: `store`, `node`.
/// Threads: everything is safe for all threads.
/// Not here: what a revision changes (`gateway.plan`), moving data between nodes (`store`).
/// Read first: `Membership`.
package io.shanhai.membership;
