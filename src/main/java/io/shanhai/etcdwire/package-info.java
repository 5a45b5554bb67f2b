/// Serves the store to etcd v3 clients, unmodified ones, over gRPC and over JSON.
/// May depend on: `store`, `settings`, `node`, `metrics`.
/// Threads: event loops parse, answer single-key reads and write; what may block has a virtual thread of its own, bounded
/// in number (`Calls`); each watch is written by the store's thread for it, which waits while its client does not read.
/// Not here: what transactions, leases and watches mean (`store`), the same API against an outside etcd (`store.etcd`).
/// Read first: `EtcdDoor`, then `KvService`, `PacedStream`, `WatchStream`; for JSON `JsonGateway`.
package io.shanhai.etcdwire;
