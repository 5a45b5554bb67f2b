/// Writes files in the format of bbolt, the database inside etcd.
/// May depend on: nothing of ours.
/// Threads: a `BoltFile` is confined to the thread that writes it.
/// Not here: what etcd keeps in such a file (`store.embedded.EtcdSnapshot`), reading one.
/// Read first: `BoltFile`, then `BoltTree`, `BoltPage`.
package io.shanhai.store.bbolt;
