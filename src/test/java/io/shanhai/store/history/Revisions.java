package io.shanhai.store.history;

import io.shanhai.store.history.Heard.Change;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;

/// Judges answered revisions: every write has one of its own, from the first to the last each is accounted for, none that
/// was acknowledged is missing, every answer agrees with the state at its revision, and revisions agree with the clock
/// (across all keys: strict serializability, given that the truth is what the store itself tells of its past).
public final class Revisions {

    private static final int MAX_TOLD = 20;

    private final List<Operation> operations;
    private final List<Heard> truth;
    private final List<String> violations = new ArrayList<>();

    private Revisions(List<Operation> operations, List<Heard> truth) {
        this.operations = operations;
        this.truth = truth;
    }

    /// @param truth all revisions, as a watch from the first one on tells them; only `operations` wrote
    /// @param last the store's revision
    public static List<String> violations(List<Operation> operations, List<Heard> truth, long last) {
        Revisions check = new Revisions(operations, truth);
        check.gaps(last);
        check.owners();
        check.answers();
        check.clock();
        return check.violations.stream().limit(MAX_TOLD).toList();
    }

    private void gaps(long last) {
        long expected = 2; // an empty store is at 1
        for (Heard at : truth) {
            if (at.revision() != expected) {
                violations.add("after revision " + (expected - 1) + " comes " + at.revision());
            }
            expected = at.revision() + 1;
        }
        if (expected != last + 1) {
            violations.add("the store is at revision " + last + " and tells of revisions up to " + (expected - 1));
        }
    }

    /// Each revision belongs to one write, acknowledged or unknown, and each acknowledged write has one.
    private void owners() {
        Map<Long, Operation> acknowledged = new HashMap<>();
        Map<Change, List<Operation>> unknown = new HashMap<>();
        for (Operation op : operations) {
            if (op.isUnknown()) {
                unknown.computeIfAbsent(change(op), _ -> new ArrayList<>()).add(op);
            } else if (op.answer().applied()) {
                Operation other = acknowledged.put(op.answer().revision(), op);
                if (other != null) {
                    violations.add("two writes with one revision: " + other + " and " + op);
                }
            }
        }
        for (Heard at : truth) {
            Operation owner = acknowledged.remove(at.revision());
            List<Operation> candidates = at.changes().size() == 1
                    ? unknown.getOrDefault(at.changes().getFirst(), List.of())
                    : List.of();
            if (owner != null && !at.changes().equals(List.of(change(owner)))) {
                violations.add(at + " is not what was acknowledged: " + owner);
            } else if (owner == null && candidates.isEmpty()) {
                violations.add("nobody wrote " + at);
            } else if (owner == null) {
                candidates.removeFirst();
            }
        }
        acknowledged.values().forEach(lost -> violations.add("an acknowledged write is lost: " + lost));
    }

    private static Change change(Operation op) {
        return new Change(op.key(), op.action().written());
    }

    /// What an operation saw is what was there at its revision; before it, for one that wrote.
    private void answers() {
        Map<String, TreeMap<Long, Change>> past = new HashMap<>();
        truth.forEach(at -> at.changes()
                .forEach(change -> past.computeIfAbsent(change.key(), _ -> new TreeMap<>()).put(at.revision(), change)));
        for (Operation op : operations) {
            if (op.isUnknown() || op.action() instanceof Action.Put) {
                continue;
            }
            long at = op.answer().applied() ? op.answer().revision() - 1 : op.answer().revision();
            var entry = past.getOrDefault(op.key(), new TreeMap<>()).floorEntry(at);
            String there = entry == null ? null : entry.getValue().value();
            if (!Objects.equals(there, op.answer().seen())) {
                violations.add(op + " saw what was not there at revision " + at + " (expected: " + there + ")");
            }
        }
    }

    /// What began after another had returned has no smaller revision, and a larger one if it wrote.
    private void clock() {
        List<Operation> byInvocation = operations.stream().filter(op -> !op.isUnknown())
                .sorted(Comparator.comparingLong(Operation::invoked)).toList();
        PriorityQueue<Operation> running = new PriorityQueue<>(Comparator.comparingLong(Operation::returned));
        Operation newest = null;
        for (Operation op : byInvocation) {
            while (!running.isEmpty() && running.peek().returned() < op.invoked()) {
                Operation over = running.poll();
                newest = newest == null || over.answer().revision() > newest.answer().revision() ? over : newest;
            }
            long least = newest == null ? 0 : newest.answer().revision() + (op.answer().applied() ? 1 : 0);
            if (op.answer().revision() < least) {
                violations.add(op + " began after " + newest + " and has an older revision");
            }
            running.add(op);
        }
    }
}
