package io.shanhai.store.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.history.Action.Get;
import io.shanhai.store.history.Action.Put;
import io.shanhai.store.history.Action.Swap;
import io.shanhai.store.history.Heard.Change;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The revisions' checker and the watchers' find what they are for.
final class RevisionsTest {

    private static final Operation FIRST = put("a", 0, 1, 2);
    private static final Operation SECOND = put("b", 2, 3, 3);

    private static Operation put(String value, long invoked, long returned, long revision) {
        return new Operation(0, "k", new Put(value), invoked, returned, new Answer(revision, null, true));
    }

    private static Operation get(String seen, long invoked, long returned, long revision) {
        return new Operation(0, "k", new Get(), invoked, returned, new Answer(revision, seen, false));
    }

    private static Heard heard(long revision, String value) {
        return new Heard(revision, List.of(new Change("k", value)));
    }

    private static void wrong(String expected, List<Operation> operations, List<Heard> truth, long last) {
        List<String> violations = Revisions.violations(operations, truth, last);
        assertTrue(violations.stream().anyMatch(text -> text.contains(expected)), violations.toString());
    }

    @Test
    void aWholeHistoryIsRight() {
        Operation unknown = new Operation(1, "k", new Put("c"), 4, 9, null);
        List<Operation> operations = List.of(FIRST, SECOND, get("a", 2, 3, 2), unknown);
        assertEquals(List.of(), Revisions.violations(operations, List.of(heard(2, "a"), heard(3, "b")), 3));
        List<Heard> withUnknown = List.of(heard(2, "a"), heard(3, "b"), heard(4, "c"));
        assertEquals(List.of(), Revisions.violations(operations, withUnknown, 4));
    }

    @Test
    void gapIsFound() {
        wrong("after revision 2 comes 4", List.of(FIRST), List.of(heard(2, "a"), heard(4, "b")), 4);
        wrong("tells of revisions up to 2", List.of(FIRST), List.of(heard(2, "a")), 3);
    }

    @Test
    void lostWriteIsFound() {
        wrong("an acknowledged write is lost", List.of(FIRST, SECOND), List.of(heard(2, "a")), 2);
        wrong("is not what was acknowledged", List.of(FIRST, SECOND), List.of(heard(2, "a"), heard(3, "x")), 3);
    }

    @Test
    void twoWritesWithOneRevisionAreFound() {
        wrong("two writes with one revision", List.of(FIRST, put("b", 2, 3, 2)), List.of(heard(2, "a")), 2);
    }

    @Test
    void phantomIsFound() {
        wrong("nobody wrote", List.of(FIRST), List.of(heard(2, "a"), heard(3, null)), 3);
        Operation unknown = new Operation(1, "k", new Put("c"), 4, 9, null);
        wrong("nobody wrote", List.of(FIRST, unknown), List.of(heard(2, "a"), heard(3, "c"), heard(4, "c")), 4);
    }

    @Test
    void answerThatContradictsItsRevisionIsFound() {
        List<Heard> truth = List.of(heard(2, "a"), heard(3, "b"));
        wrong("saw what was not there at revision 3", List.of(FIRST, SECOND, get("a", 2, 9, 3)), truth, 3);
        Operation swap = new Operation(0, "k", new Swap("b"), 2, 3, new Answer(3, null, true));
        wrong("saw what was not there at revision 2", List.of(FIRST, swap), truth, 3);
    }

    @Test
    void revisionsThatContradictTheClockAreFound() {
        List<Heard> truth = List.of(heard(2, "a"), heard(3, "b"));
        wrong("has an older revision", List.of(FIRST, SECOND, get("a", 4, 5, 2)), truth, 3);
        wrong("has an older revision", List.of(put("b", 0, 1, 3), put("a", 2, 3, 2)), truth, 3);
    }

    @Test
    void watcherThatMissesRepeatsOrReordersIsFound() {
        List<Heard> truth = List.of(heard(2, "a"), heard(3, "b"), heard(4, "c"));
        assertEquals(List.of(), Watcher.violations("w", "k", 2, truth, truth));
        assertEquals(List.of(), Watcher.violations("w", "other", 2, List.of(), truth));
        assertEquals(List.of(), Watcher.violations("w", "k", 3, truth.subList(1, 3), truth));
        List<List<Heard>> wrong = List.of(truth.subList(0, 2), List.of(heard(2, "a"), heard(4, "c")),
                List.of(heard(2, "a"), heard(2, "a"), heard(3, "b"), heard(4, "c")),
                List.of(heard(3, "b"), heard(2, "a"), heard(4, "c")), List.of(heard(2, "a"), heard(3, "x"), heard(4, "c")));
        for (List<Heard> heard : wrong) {
            assertEquals(1, Watcher.violations("w", "k", 2, heard, truth).size(), heard.toString());
        }
    }
}
