/// Proves the store's promises from outside: concurrent clients and watchers write down what they asked and heard, faults
/// come in between, and checkers judge the record afterwards.
/// May depend on: `store`; a subject under test is anything behind [io.shanhai.store.history.Subject].
/// Threads: a `Trial` owns its clients' threads; `History` and `Watcher` are safe for all threads; checkers are pure.
/// Not here: what single calls must do (`StoreContract` and its children).
/// Read first: `Trial`, then `Linearizability` and `Revisions`.
package io.shanhai.store.history;
