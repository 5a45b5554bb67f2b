package io.shanhai.store.history;

import java.util.List;

/// What one revision did, as a watch tells it.
public record Heard(long revision, List<Change> changes) {

    /// @param value null for a deletion
    public record Change(String key, String value) {}

    public Heard {
        changes = List.copyOf(changes);
    }
}
