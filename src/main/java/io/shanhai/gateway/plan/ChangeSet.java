package io.shanhai.gateway.plan;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.registry.InstanceSpec;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/// Objects to be written and deleted together.
///
/// @param ifRevision refuse when one of the objects was changed after this revision; 0: when one of them exists
public record ChangeSet(List<Entry> entries, OptionalLong ifRevision) {

    public ChangeSet {
        entries = List.copyOf(entries);
    }

    /// One object of the set.
    public sealed interface Entry {

        /// JSON Pointer to the entry in what the caller sent: violations begin with it.
        String pointer();

        Kind kind();

        String id();
    }

    /// A route or a limit with this spec.
    ///
    /// @param kind one of [Kind#SPECS]
    /// @param json not yet checked; must not be changed any more
    public record Spec(String pointer, Kind kind, String id, JsonNode json) implements Entry {}

    /// @param address `host:port`
    public record Instance(String pointer, String service, String address, InstanceSpec spec) implements Entry {

        @Override
        public Kind kind() {
            return Kind.INSTANCE;
        }

        @Override
        public String id() {
            return service + "/" + address;
        }
    }

    public record Delete(String pointer, Kind kind, String id) implements Entry {}

    public enum Action {
        CREATED,
        UPDATED,
        DELETED,
        UNCHANGED;

        /// `created` and so on.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public record Change(Kind kind, String id, Action action) {}

    /// An object that was changed after `ifRevision`.
    ///
    /// @param revision of that change
    public record Conflict(String pointer, Kind kind, String id, long revision) {}

    /// What became of a set.
    public sealed interface Outcome {

        /// @param revision of its transaction; when nothing had to be written, the one at which it was so already
        /// @param live this node serves it; false for a dry run that would change something
        record Accepted(long revision, boolean live, List<Change> changes) implements Outcome {
            public Accepted {
                changes = List.copyOf(changes);
            }
        }

        record Invalid(List<Violation> violations) implements Outcome {
            public Invalid {
                violations = List.copyOf(violations);
            }
        }

        record Conflicting(List<Conflict> conflicts) implements Outcome {
            public Conflicting {
                conflicts = List.copyOf(conflicts);
            }
        }

        /// Other writers came between every time; nothing was done.
        record Contended(int tries) implements Outcome {}
    }
}
