/// Reads JSON text into Jackson's tree, strictly.
/// May depend on: nothing.
/// Threads: all methods are safe for all threads.
/// Not here: what the tree means (`registry`, `gateway.plan`), binding to records, writing.
/// Read first: `JsonText`.
package io.shanhai.json;
