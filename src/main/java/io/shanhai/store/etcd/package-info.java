/// Keeps the store in an etcd outside of this process.
/// May depend on: `store`, `node`, `metrics`, `settings`.
/// Threads: a call blocks its caller until etcd answers or its time is up; every watch has one virtual thread; one more
/// runs while etcd is away and looks whether it is back. Everything a connection does happens on one event loop.
/// Not here: serving etcd's protocol (`etcdwire`), starting or supervising an etcd.
/// Read first: `EtcdStore`, then `Calls`, `Reach`, `EtcdWatch`.
package io.shanhai.store.etcd;
