/// Serves the etcd door's methods as JSON over HTTP/1.1, as etcd's gRPC gateway does.
/// May depend on: `metrics`, `node`.
/// Threads: a connection is confined to its event loop; a `JsonCall` is answered by whatever thread runs the method.
/// Not here: the methods (`etcdwire`), who may call them with which token (there, before every method).
/// Read first: `JsonGateway`, then `JsonConnection`, `JsonCall`, `MessageJson`.
package io.shanhai.etcdwire.json;
