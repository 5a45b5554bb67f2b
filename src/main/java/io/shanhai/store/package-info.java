/// Keeps every mutable object as a key with etcd's data model: revisions, transactions, leases, watches.
/// May depend on: `node`, `metrics`, `settings`.
/// Threads: a `Store` is safe for all threads; writes block the caller until they are durable.
/// Not here: what keys mean (`registry`, `gateway.plan`), the etcd wire format (`etcdwire`).
/// Read first: `Store`, then `Txn`, then `embedded.EmbeddedStore`.
package io.shanhai.store;
