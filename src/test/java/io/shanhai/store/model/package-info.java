/// Compares the store with a model of etcd's data model that is too simple to be wrong: a copy of all keys for each revision.
/// May depend on: `store`, `store.embedded`.
/// Threads: everything is confined to the test's thread.
/// Not here: concurrent clients (`store.history`), single rules one by one (`StoreContract` and its children).
/// Read first: `EtcdModel`, then `ModelTest`.
package io.shanhai.store.model;
