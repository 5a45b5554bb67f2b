package io.shanhai.store.history;

/// What the store said.
///
/// @param revision for an action that wrote, the revision of its own; else the store's revision when it was run
/// @param seen the value that was there; null for none, and for a blind put
/// @param applied true when it wrote or deleted
public record Answer(long revision, String seen, boolean applied) {}
