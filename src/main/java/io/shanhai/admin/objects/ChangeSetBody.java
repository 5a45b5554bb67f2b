package io.shanhai.admin.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.admin.InstanceForm;
import io.shanhai.gateway.plan.ChangeSet;
import io.shanhai.gateway.plan.ChangeSet.Entry;
import io.shanhai.gateway.plan.ChangeSets;
import io.shanhai.gateway.plan.Kind;
import io.shanhai.gateway.plan.SpecReader;
import io.shanhai.gateway.plan.Violation;
import io.shanhai.settings.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Reads the body of `POST /v1/changes` and collects what is wrong with its shape; what is wrong with routes, limits and
/// with all of it together is found by [ChangeSets].
final class ChangeSetBody {

    private static final Set<String> NOT_YET = Set.of("config", "schema", "shpl", "strategy", "rollout");
    private static final List<String> KINDS = Arrays.stream(Kind.values()).map(Kind::word).toList();

    private final List<Violation> violations = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private OptionalLong ifRevision = OptionalLong.empty();

    private ChangeSetBody() {}

    /// @param newest the store's revision
    static ChangeSetBody read(ObjectNode body, long newest) {
        ChangeSetBody read = new ChangeSetBody();
        SpecReader reader = new SpecReader(body, "", read.violations).only(Set.of("set", "delete", "ifRevision"));
        if (reader.has("ifRevision")) {
            read.ifRevision = OptionalLong.of(reader.number("ifRevision", 0, 0, newest));
        }
        int operations = body.path("set").size() + body.path("delete").size();
        if (operations == 0) {
            reader.wrong("", "changes nothing (expected: set, delete, or both, as arrays that are not empty)");
        } else if (operations > ChangeSets.MAX_OPERATIONS) {
            reader.wrong("", "has " + operations + " objects (expected: at most " + ChangeSets.MAX_OPERATIONS
                    + " in one transaction; split it into several sets, limits before the routes that name them)");
        } else {
            read.entries(reader, "set");
            read.entries(reader, "delete");
        }
        return read;
    }

    private void entries(SpecReader reader, String field) {
        if (!reader.has(field)) {
            return;
        }
        List<SpecReader> readers = reader.objects(field);
        for (int i = 0; i < readers.size(); i++) {
            String pointer = "/" + field + "/" + i;
            SpecReader entry = readers.get(i).only(field.equals("set") ? Set.of("kind", "id", "spec") : Set.of("kind", "id"));
            Optional<Kind> kind = kind(entry);
            String id = entry.text("id", "");
            if (!entry.has("id")) {
                entry.wrong("id", "is missing");
            } else if (kind.isPresent()) {
                entries.addAll(field.equals("set")
                        ? set(pointer, kind.get(), id, entry)
                        : List.of(new ChangeSet.Delete(pointer, kind.get(), id)));
            }
        }
    }

    private static Optional<Kind> kind(SpecReader entry) {
        String word = entry.text("kind", "");
        Optional<Kind> kind = Kind.of(word);
        if (kind.isEmpty()) {
            entry.wrong("kind", NOT_YET.contains(word)
                    ? "\"" + word + "\" is not built yet (use route, limit or instance)"
                    : "\"" + word + "\"" + Spelling.hint(word, KINDS) + " (expected: route, limit or instance)");
        }
        return kind;
    }

    /// @return nothing when the entry cannot be judged any further
    private List<Entry> set(String pointer, Kind kind, String id, SpecReader entry) {
        JsonNode spec = entry.raw("spec");
        if (!(spec instanceof ObjectNode object)) {
            entry.wrong("spec", "is missing or no object (expected: what PUT takes for a " + kind.word() + ")");
            return List.of();
        }
        if (kind != Kind.INSTANCE) {
            return List.of(new ChangeSet.Spec(pointer, kind, id, object));
        }
        int slash = id.indexOf('/');
        if (slash < 0) {
            entry.wrong("id", "\"" + id + "\" (expected: service/host:port)");
            return List.of();
        }
        return List.of(new ChangeSet.Instance(pointer, id.substring(0, slash), id.substring(slash + 1),
                InstanceForm.read(object, pointer + "/spec", violations)));
    }

    /// What is wrong so far.
    List<Violation> violations() {
        return violations;
    }

    /// The entries that could be read.
    ChangeSet set() {
        return new ChangeSet(entries, ifRevision);
    }
}
