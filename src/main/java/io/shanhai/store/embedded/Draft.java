package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.Maintenance.Alarm;
import io.shanhai.store.StoreException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// The state that a group commit is about to make: the published view, and on top of it what the batch's transactions
/// wrote so far. Nobody else sees it. When the log cannot be written it is dropped, and nothing has happened.
///
/// Confined to the thread that leads the commit.
final class Draft implements KeySpace {

    /// Stands in `staged` for a key that the batch deleted.
    private static final Cell.Version GONE = new Cell.Version(0, 0, 0, 0, 0, Bytes.EMPTY);

    private final View base;
    private final LeaseTable leases;
    private final NavigableMap<Bytes, Cell.Version> staged = new TreeMap<>();
    private final Map<Long, Long> granted = new HashMap<>();
    private final Set<Long> ended = new HashSet<>();
    private final Map<Alarm, Boolean> alarms = new EnumMap<>(Alarm.class);
    private final List<Commit> commits = new ArrayList<>();
    private final List<Revision> revisions = new ArrayList<>();
    private long revision;
    private long compacted;

    // The transaction in progress.
    private List<Effect> effects = new ArrayList<>();
    private List<Revision.Change> changes = new ArrayList<>();
    private List<Staging> stagings = new ArrayList<>();

    /// What a key was in `staged` before the transaction in progress touched it; null for nothing.
    private record Staging(Bytes key, Cell.Version before) {}

    Draft(View base, LeaseTable leases) {
        this.base = base;
        this.leases = leases;
        this.revision = base.revision();
        this.compacted = base.compacted();
    }

    /// Revision after the transactions kept so far.
    long revision() {
        return revision;
    }

    /// Revision that the transaction in progress has when it writes a key.
    private long nextRevision() {
        return revision + 1;
    }

    /// Makes what was done since the last call part of the batch.
    ///
    /// @return the revision after it
    long keep() {
        if (!changes.isEmpty()) {
            revision++;
            revisions.add(new Revision(revision, changes));
            changes = new ArrayList<>();
        }
        if (!effects.isEmpty()) {
            commits.add(new Commit(revision, effects));
            effects = new ArrayList<>();
        }
        stagings.clear();
        return revision;
    }

    /// Forgets what was done since the last [#keep()].
    void undo() {
        for (Staging staging : stagings.reversed()) {
            if (staging.before() == null) {
                staged.remove(staging.key());
            } else {
                staged.put(staging.key(), staging.before());
            }
        }
        stagings.clear();
        effects = new ArrayList<>();
        changes = new ArrayList<>();
    }

    boolean isEmpty() {
        return commits.isEmpty();
    }

    List<Commit> commits() {
        return commits;
    }

    /// The new revisions, ascending.
    List<Revision> revisions() {
        return revisions;
    }

    /// Ids and seconds.
    Map<Long, Long> granted() {
        return granted;
    }

    Set<Long> ended() {
        return ended;
    }

    /// True for raised, false for disarmed.
    Map<Alarm, Boolean> alarms() {
        return alarms;
    }

    @Override
    public Cell.Version get(Bytes key) {
        Cell.Version version = staged.get(key);
        if (version == null) {
            return base.get(key);
        }
        return version == GONE ? null : version;
    }

    @Override
    public void scan(Bytes from, Bytes end, Visitor visitor) {
        if (staged.isEmpty()) {
            base.scan(from, end, visitor);
            return;
        }
        NavigableMap<Bytes, Cell.Version> over = end == null
                ? staged.tailMap(from, true)
                : from.compareTo(end) < 0 ? staged.subMap(from, true, end, false) : new TreeMap<>();
        new Overlay(over, visitor).run(this, from, end);
    }

    /// The state to read a request from: this draft for "now", the published history for a revision.
    KeySpace at(long wanted) {
        return wanted <= 0 ? this : base.at(wanted);
    }

    void put(Bytes key, Bytes value, long lease) {
        Cell.Version old = get(key);
        long created = old == null ? nextRevision() : old.createRevision();
        long count = old == null ? 1 : old.version() + 1;
        Cell.Version next = new Cell.Version(created, nextRevision(), count, lease, 0, value);
        stage(key, next, old);
        effects.add(new Effect.Put(key, next));
    }

    void delete(Bytes key, Cell.Version old) {
        stage(key, null, old);
        effects.add(new Effect.Delete(key));
    }

    /// A key is written once in a revision: the index could not tell the two apart. [TxnRules] refuses what looks like it
    /// beforehand, as etcd does; etcd overlooks a put whose key a later sibling transaction deletes.
    private void stage(Bytes key, Cell.Version next, Cell.Version old) {
        if (old != null && old.modRevision() == nextRevision()) {
            throw new StoreException(StoreException.Code.DUPLICATE_KEY);
        }
        Cell.Version before = staged.put(key, next == null ? GONE : next);
        stagings.add(new Staging(key, before));
        changes.add(new Revision.Change(key, next, old));
    }

    boolean hasLease(long id) {
        return granted.containsKey(id) || leases.contains(id) && !ended.contains(id);
    }

    /// Does not fail half-way, so it need not be undone.
    void grant(long id, long ttlSeconds) {
        granted.put(id, ttlSeconds);
        effects.add(new Effect.Grant(id, ttlSeconds));
    }

    /// Ends a lease and deletes its keys.
    ///
    /// @param onlyIfDue false when somebody revokes it
    /// @return false when there is no such lease, or it was renewed meanwhile
    boolean end(long id, boolean onlyIfDue) {
        if (granted.remove(id) == null) {
            if (ended.contains(id) || !leases.beginEnding(id, onlyIfDue)) {
                return false;
            }
            ended.add(id);
        }
        for (Bytes key : attached(id)) {
            delete(key, get(key));
        }
        effects.add(new Effect.End(id));
        return true;
    }

    private List<Bytes> attached(long lease) {
        Set<Bytes> keys = new HashSet<>(base.attached(lease));
        keys.addAll(staged.keySet());
        return keys.stream().filter(key -> isAttached(key, lease)).sorted().toList();
    }

    private boolean isAttached(Bytes key, long lease) {
        Cell.Version version = get(key);
        return version != null && version.lease() == lease;
    }

    /// Does not fail half-way, so it need not be undone.
    void alarm(Alarm alarm, boolean raised) {
        alarms.put(alarm, raised);
        effects.add(new Effect.Alarmed(alarm, raised));
    }

    void compact(long at) {
        if (at > revision) {
            throw new StoreException(StoreException.Code.FUTURE_REVISION);
        }
        if (at <= compacted) {
            throw new StoreException(StoreException.Code.COMPACTED);
        }
        compacted = at;
        effects.add(new Effect.Compact(at));
    }

    /// Merges the base with the staged keys of a range.
    private static final class Overlay implements Visitor {

        private final NavigableMap<Bytes, Cell.Version> rest;
        private final Visitor visitor;
        private boolean stopped;

        Overlay(NavigableMap<Bytes, Cell.Version> staged, Visitor visitor) {
            this.rest = new TreeMap<>(staged);
            this.visitor = visitor;
        }

        void run(Draft draft, Bytes from, Bytes end) {
            draft.base.scan(from, end, this);
            while (!stopped && !rest.isEmpty()) {
                pass(rest.pollFirstEntry());
            }
        }

        @Override
        public boolean visit(Bytes key, Cell.Version version) {
            while (!stopped && !rest.isEmpty() && rest.firstKey().compareTo(key) < 0) {
                pass(rest.pollFirstEntry());
            }
            if (stopped) {
                return false;
            }
            Cell.Version staged = rest.remove(key);
            if (staged == null) {
                stopped = !visitor.visit(key, version);
            } else if (staged != GONE) {
                stopped = !visitor.visit(key, staged);
            }
            return !stopped;
        }

        private void pass(Map.Entry<Bytes, Cell.Version> entry) {
            if (entry.getValue() != GONE) {
                stopped = !visitor.visit(entry.getKey(), entry.getValue());
            }
        }
    }
}
