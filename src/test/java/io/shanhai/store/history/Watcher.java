package io.shanhai.store.history;

import java.util.ArrayList;
import java.util.List;

/// One watcher: hears, writes down, and after a restart asks again from its next revision.
final class Watcher {

    private final String name;
    private final String prefix;
    private final long first;
    private final List<Heard> heard = new ArrayList<>();
    private Subject.Watching watching;

    /// @param first first revision it wants
    Watcher(String name, String prefix, long first) {
        this.name = name;
        this.prefix = prefix;
        this.first = first;
    }

    void resume(Subject subject) {
        watching = subject.watch(prefix, next(), this::hear);
    }

    void pause() {
        watching.close();
    }

    private synchronized void hear(Heard revision) {
        heard.add(revision);
    }

    private synchronized long next() {
        return heard.isEmpty() ? first : heard.getLast().revision() + 1;
    }

    synchronized long lastHeard() {
        return heard.isEmpty() ? 0 : heard.getLast().revision();
    }

    synchronized List<Heard> heard() {
        return List.copyOf(heard);
    }

    /// True when it has heard the last of what it should hear.
    ///
    /// @param truth all revisions there were
    boolean isThrough(List<Heard> truth) {
        long last = truth.stream().filter(at -> !only(prefix, at).changes().isEmpty()).mapToLong(Heard::revision).max()
                .orElse(0);
        return lastHeard() >= last;
    }

    /// @param truth all revisions there were
    List<String> violations(List<Heard> truth) {
        return violations(name, prefix, first, heard(), truth);
    }

    /// What differs between what was heard and what should have been: each event of the prefix once, in order.
    static List<String> violations(String name, String prefix, long first, List<Heard> heard, List<Heard> truth) {
        List<Heard> expected = truth.stream().filter(at -> at.revision() >= first).map(at -> only(prefix, at))
                .filter(at -> !at.changes().isEmpty()).toList();
        for (int i = 0; i < Math.max(expected.size(), heard.size()); i++) {
            Heard wanted = i < expected.size() ? expected.get(i) : null;
            Heard got = i < heard.size() ? heard.get(i) : null;
            if (wanted == null || !wanted.equals(got)) {
                return List.of("watcher " + name + " of " + prefix + " heard " + got + " as its " + (i + 1)
                        + ". event (expected: " + wanted + ")");
            }
        }
        return List.of();
    }

    private static Heard only(String prefix, Heard at) {
        return new Heard(at.revision(), at.changes().stream().filter(change -> change.key().startsWith(prefix)).toList());
    }
}
