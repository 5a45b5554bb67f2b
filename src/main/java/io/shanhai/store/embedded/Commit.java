package io.shanhai.store.embedded;

import java.util.List;

/// What one transaction did.
///
/// @param revision the store's revision after it; its own when a key was written or deleted
record Commit(long revision, List<Effect> effects) {}
