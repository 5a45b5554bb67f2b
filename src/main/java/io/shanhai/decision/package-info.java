/// Records why a request was treated as it was.
/// May depend on: nothing.
/// Threads: `DecisionRing` has many producers and one consumer.
/// Not here: storing and joining decisions (`collector`, `explain`), taking them (`gateway`).
/// Read first: `Decision`.
package io.shanhai.decision;
