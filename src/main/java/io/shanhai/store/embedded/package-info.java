/// Keeps the store in one folder of this machine: a write-ahead log is the truth, an MVStore file its index.
/// May depend on: `store`, `backup`, `bbolt`, `node`, `metrics`, `settings`.
/// Threads: the thread that writes leads the commit for all that wait (`Committer`); `Housekeeping`, `LeaseKeeper`
/// and `WatchHub` own one named thread each, every watch one virtual thread. Readers take no lock: a `View` is immutable.
/// Not here: etcd's wire format (`etcdwire`), a store in other processes (`store.etcd`).
/// Read first: `EmbeddedStore`, then `Committer`, `WriteAheadLog`, `Index`.
package io.shanhai.store.embedded;
