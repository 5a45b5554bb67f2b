package io.shanhai.gateway.plan;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.gateway.plan.ChangeSet.Action;
import io.shanhai.gateway.plan.ChangeSet.Change;
import io.shanhai.gateway.plan.ChangeSet.Conflict;
import io.shanhai.gateway.plan.ChangeSet.Entry;
import io.shanhai.gateway.plan.ChangeSet.Outcome;
import io.shanhai.registry.InstanceSpec;
import io.shanhai.registry.Registrar;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One change set against the state of one revision: what is wrong with it, or what it changes and under which
/// conditions. Writes nothing. Used by one thread.
final class Judgement {

    private final Store store;
    private final Registrar registrar;
    private final long revision;
    private final List<Violation> violations = new ArrayList<>();
    private final List<Conflict> conflicts = new ArrayList<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Compare> compares = new ArrayList<>();
    private final List<Op> operations = new ArrayList<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final List<Bytes> departures = new ArrayList<>();
    private final List<Long> leasesLeft = new ArrayList<>();
    private final List<KeyValue> renewals = new ArrayList<>();

    /// First entry of each key.
    private final Map<Bytes, Entry> entries = new LinkedHashMap<>();
    private final Set<String> limitsOutside = new LinkedHashSet<>();

    record Registration(Bytes key, InstanceSpec spec) {}

    private Judgement(Store store, Registrar registrar, long revision) {
        this.store = store;
        this.registrar = registrar;
        this.revision = revision;
    }

    /// @param revision the newest the caller knows
    /// @throws StoreException COMPACTED when `ifRevision` is too old to tell whether an absent object was there
    static Judgement of(Store store, Registrar registrar, ChangeSet set, long revision) {
        Judgement judgement = new Judgement(store, registrar, revision);
        judgement.judge(set);
        return judgement;
    }

    private void judge(ChangeSet set) {
        set.entries().forEach(this::enter);
        Map<String, Entry> deletedLimits = new LinkedHashMap<>();
        entries.forEach((key, entry) -> {
            Optional<KeyValue> present = at(key, revision);
            compares.add(Compare.modRevision(key, Compare.Relation.EQUAL, present.map(KeyValue::modRevision).orElse(0L)));
            set.ifRevision().ifPresent(since -> compareWith(since, entry, key, present));
            switch (entry) {
                case ChangeSet.Spec spec -> judge(spec, present);
                case ChangeSet.Instance instance -> judge(instance, key, present);
                case ChangeSet.Delete delete -> judge(delete, key, present);
            }
            if (entry instanceof ChangeSet.Delete && entry.kind() == Kind.LIMIT) {
                deletedLimits.put(entry.id(), entry);
            }
        });
        refuseDangling(deletedLimits);
        checkSize();
    }

    private void enter(Entry entry) {
        try {
            Bytes key = entry.kind() == Kind.INSTANCE ? instanceKey(entry.id()) : specKey(entry);
            Entry first = entries.putIfAbsent(key, entry);
            if (first != null) {
                violations.add(new Violation(entry.pointer(), entry.kind().word() + " \"" + entry.id()
                        + "\" is there twice, first at " + first.pointer() + " (expected: each object once)"));
                if (entry instanceof ChangeSet.Spec(String pointer, Kind kind, String id, JsonNode json)) {
                    CheckedSpec.read(kind, id, json.deepCopy(), pointer + "/spec", violations);
                }
            }
        } catch (IllegalArgumentException e) {
            violations.add(new Violation(entry.pointer() + "/id", e.getMessage()));
        }
    }

    private static Bytes instanceKey(String id) {
        int slash = id.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("\"" + id + "\" (expected: service/host:port)");
        }
        return Registrar.key(id.substring(0, slash), id.substring(slash + 1));
    }

    // A key that another client wrote under a name we would not take must still be deletable.
    private Bytes specKey(Entry entry) {
        if (!(entry instanceof ChangeSet.Delete)) {
            CheckedSpec.checkId(entry.id(), entry.pointer() + "/id", violations);
        }
        return entry.kind().key(entry.id());
    }

    private Optional<KeyValue> at(Bytes key, long at) {
        return store.range(RangeRequest.key(key).at(at)).kvs().stream().findFirst();
    }

    private void compareWith(long since, Entry entry, Bytes key, Optional<KeyValue> present) {
        long changed = present.map(KeyValue::modRevision).orElseGet(() -> since > 0 ? deletedAfter(since, key) : 0);
        if (changed > since) {
            conflicts.add(new Conflict(entry.pointer(), entry.kind(), entry.id(), changed));
        }
    }

    /// Halves the revisions in which an object that is absent now was there.
    ///
    /// @return 0 when it was not there at `since` either
    private long deletedAfter(long since, Bytes key) {
        long there = since;
        if (there >= revision || at(key, there).isEmpty()) {
            return 0;
        }
        long absent = revision;
        while (absent - there > 1) {
            long middle = (there + absent) >>> 1;
            if (at(key, middle).isPresent()) {
                there = middle;
            } else {
                absent = middle;
            }
        }
        return absent;
    }

    private void judge(ChangeSet.Spec entry, Optional<KeyValue> present) {
        String pointer = entry.pointer() + "/spec";
        CheckedSpec spec = CheckedSpec.read(entry.kind(), entry.id(), entry.json().deepCopy(), pointer, violations);
        if (present.isPresent() && spec.isStoredAs(present.get())) {
            changes.add(new Change(entry.kind(), entry.id(), Action.UNCHANGED));
        } else {
            changes.add(new Change(entry.kind(), entry.id(), present.isPresent() ? Action.UPDATED : Action.CREATED));
            operations.add(Op.put(spec.key(), spec.value()));
        }
        for (int i = 0; i < spec.limits().size(); i++) {
            checkLimit(spec.limits().get(i), pointer + "/limits/" + i);
        }
    }

    private void checkLimit(String limit, String pointer) {
        Entry entry = entries.get(Kind.LIMIT.key(limit));
        if (entry instanceof ChangeSet.Delete) {
            violations.add(new Violation(pointer, "limit \"" + limit + "\" is deleted by this set at " + entry.pointer()
                    + " (take one of the two out)"));
        } else if (entry == null && !new References(store, revision).exists(limit)) {
            violations.add(new Violation(pointer, "limit \"" + limit + "\" does not exist (add it to this set)"));
        } else if (entry == null && limitsOutside.add(limit)) {
            compares.add(References.stillExists(limit));
        }
    }

    private void judge(ChangeSet.Instance entry, Bytes key, Optional<KeyValue> present) {
        if (present.isPresent() && registrar.isRegisteredAs(present.get(), entry.spec())) {
            changes.add(new Change(Kind.INSTANCE, entry.id(), Action.UNCHANGED));
            renewals.add(present.get());
        } else {
            changes.add(new Change(Kind.INSTANCE, entry.id(), present.isPresent() ? Action.UPDATED : Action.CREATED));
            present.map(KeyValue::lease).ifPresent(leasesLeft::add);
            registrations.add(new Registration(key, entry.spec()));
        }
    }

    private void judge(ChangeSet.Delete entry, Bytes key, Optional<KeyValue> present) {
        if (present.isEmpty()) {
            violations.add(new Violation(entry.pointer() + "/id",
                    "there is no " + entry.kind().word() + " \"" + entry.id() + "\" (take it out of the set)"));
            return;
        }
        changes.add(new Change(entry.kind(), entry.id(), Action.DELETED));
        operations.add(Op.delete(key));
        if (entry.kind() == Kind.INSTANCE) {
            departures.add(key);
            leasesLeft.add(present.get().lease());
        }
    }

    /// A route that stays as it is must not lose its limit.
    private void refuseDangling(Map<String, Entry> deletedLimits) {
        if (deletedLimits.isEmpty()) {
            return;
        }
        References.Users users = new References(store, revision).users(deletedLimits.keySet());
        users.byLimit().forEach((limit, routes) -> {
            List<String> others = routes.stream().filter(route -> !entries.containsKey(Kind.ROUTE.key(route))).toList();
            if (!others.isEmpty()) {
                violations.add(new Violation(deletedLimits.get(limit).pointer(), "limit \"" + limit + "\" is used by the routes "
                        + String.join(", ", others) + " (take it out of them in this set, or keep it)"));
            }
        });
        compares.add(users.noneCame());
    }

    private void checkSize() {
        if (compares.size() > Txn.MAX_OPS) {
            violations.add(new Violation("", "needs " + compares.size() + " checks in one transaction (expected: at most "
                    + Txn.MAX_OPS + ": one for each object, one for each limit that is named and not in the set, one for"
                    + " deleting limits; split it into several sets, limits first)"));
        }
    }

    /// Why the set cannot be applied; empty when it can.
    Optional<Outcome> refusal() {
        if (!violations.isEmpty()) {
            return Optional.of(new Outcome.Invalid(violations));
        }
        return conflicts.isEmpty() ? Optional.empty() : Optional.of(new Outcome.Conflicting(conflicts));
    }

    /// The one it was judged at.
    long revision() {
        return revision;
    }

    boolean changesNothing() {
        return operations.isEmpty() && registrations.isEmpty();
    }

    List<Change> changes() {
        return changes;
    }

    /// Hold as long as the judgement does.
    List<Compare> compares() {
        return compares;
    }

    /// Everything but the registrations, which need leases first.
    List<Op> operations() {
        return operations;
    }

    List<Registration> registrations() {
        return registrations;
    }

    /// Instances that are deleted.
    List<Bytes> departures() {
        return departures;
    }

    /// What instances hung on that are deleted, or may hang on another now.
    List<Long> leasesLeft() {
        return leasesLeft;
    }

    /// Instances that stay as they are, whose leases begin anew.
    List<KeyValue> renewals() {
        return renewals;
    }
}
