package io.shanhai.store;

import java.util.List;

/// What was found in a store's files.
///
/// @param revision of the store
/// @param compacted highest compacted revision
/// @param keys current keys
/// @param past versions that were overwritten or deleted and are still there
/// @param leases how many
/// @param frames commits read from the log
/// @param tornBytes of a commit at the end of the log that was never acknowledged; the next start cuts it: no problem
/// @param problems each with its file, place and remedy
public record Verification(long revision, long compacted, long keys, long past, long leases, long frames, long tornBytes,
        List<String> problems) {

    public Verification {
        problems = List.copyOf(problems);
    }

    /// Told now and then while it lasts.
    public interface Progress {

        /// @param what is being read
        /// @param done of it so far, in the unit that `what` names
        void at(String what, long done);
    }
}
