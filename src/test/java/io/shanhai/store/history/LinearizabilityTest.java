package io.shanhai.store.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.history.Action.CompareAndPut;
import io.shanhai.store.history.Action.Delete;
import io.shanhai.store.history.Action.Get;
import io.shanhai.store.history.Action.Put;
import io.shanhai.store.history.Action.Swap;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The checker finds what it is for, and only that.
final class LinearizabilityTest {

    private static Operation op(Action action, long invoked, long returned, String seen, boolean applied) {
        return new Operation(0, "k", action, invoked, returned, new Answer(0, seen, applied));
    }

    private static Operation put(String value, long invoked, long returned) {
        return op(new Put(value), invoked, returned, null, true);
    }

    private static Operation get(String seen, long invoked, long returned) {
        return op(new Get(), invoked, returned, seen, false);
    }

    private static Operation unknown(Action action, long invoked, long until) {
        return new Operation(9, "k", action, invoked, until, null);
    }

    private static void right(Operation... history) {
        assertEquals(List.of(), Linearizability.violations(List.of(history)));
    }

    private static void wrong(Operation... history) {
        List<String> violations = Linearizability.violations(List.of(history));
        assertEquals(1, violations.size());
        assertTrue(violations.getFirst().contains("on k explains"), violations.getFirst());
    }

    @Test
    void overlappingWritesMayTakeEffectInEitherOrder() {
        right(put("a", 0, 10), put("b", 0, 10), get("a", 11, 12));
        right(put("a", 0, 10), put("b", 0, 10), get("b", 11, 12));
        right(put("a", 0, 10), get(null, 1, 2), get("a", 3, 4));
    }

    @Test
    void staleReadIsFound() {
        wrong(put("a", 0, 1), put("b", 2, 3), get("a", 4, 5));
        wrong(put("a", 0, 1), get(null, 2, 3));
    }

    @Test
    void readsThatGoBackAreFoundEvenWhileTheWriteRuns() {
        wrong(put("a", 0, 1), put("b", 2, 20), get("b", 3, 4), get("a", 5, 6));
    }

    @Test
    void lostUpdateIsFound() {
        // Both swaps saw the same value: one of them is not in the register's past.
        wrong(put("a", 0, 1), op(new Swap("b"), 2, 10, "a", true), op(new Swap("c"), 2, 10, "a", true));
        wrong(put("a", 0, 1), op(new CompareAndPut("a", "b"), 2, 10, "a", true),
                op(new CompareAndPut("a", "c"), 2, 10, "a", true));
    }

    @Test
    void reorderedWritesAreFound() {
        // Each read alone is explicable, together they put the two writes in both orders.
        wrong(put("a", 0, 10), put("b", 0, 10), get("a", 11, 12), get("b", 13, 14), get("a", 15, 16));
    }

    @Test
    void phantomIsFound() {
        wrong(put("a", 0, 1), get("never written", 2, 3));
        wrong(op(new Delete(), 0, 1, "never written", true));
    }

    @Test
    void failedCompareMustHaveSeenSomethingElse() {
        right(put("a", 0, 1), op(new CompareAndPut("b", "c"), 2, 3, "a", false));
        wrong(put("a", 0, 1), op(new CompareAndPut("a", "b"), 2, 3, "a", false));
        wrong(put("a", 0, 1), op(new CompareAndPut("b", "c"), 2, 3, "a", true));
    }

    @Test
    void deleteOfNothingAppliesToNothing() {
        right(op(new Delete(), 0, 1, null, false), put("a", 2, 3), op(new Delete(), 4, 5, "a", true), get(null, 6, 7));
        wrong(put("a", 0, 1), op(new Delete(), 2, 3, null, false));
    }

    @Test
    void unknownOutcomeMayHaveHappenedOrNot() {
        right(put("a", 0, 1), unknown(new Put("b"), 2, 10), get("a", 3, 4), get("b", 5, 6));
        right(put("a", 0, 1), unknown(new Put("b"), 2, 10), get("a", 11, 12));
        right(put("a", 0, 1), unknown(new Put("b"), 2, Operation.NEVER), get("a", 11, 12), get("b", 13, 14));
        right(put("a", 0, 1), unknown(new Delete(), 2, 10), get(null, 11, 12));
        right(put("a", 0, 1), unknown(new CompareAndPut("x", "b"), 2, 10), get("a", 11, 12));
    }

    @Test
    void unknownOutcomeCannotHappenTwiceOrTooLateOrTooEarly() {
        wrong(put("a", 0, 1), unknown(new Put("b"), 2, 10), get("b", 3, 4), put("c", 5, 6), get("b", 7, 8));
        wrong(put("a", 0, 1), unknown(new Put("b"), 2, 10), get("a", 11, 12), get("b", 13, 14));
        wrong(put("a", 0, 1), get("b", 2, 3), unknown(new Put("b"), 4, 10));
    }

    @Test
    void keysAreJudgedApart() {
        Operation other = new Operation(1, "other", new Get(), 4, 5, new Answer(0, "phantom", false));
        List<String> violations = Linearizability.violations(List.of(put("a", 0, 1), get("a", 2, 3), other));
        assertEquals(1, violations.size());
        assertTrue(violations.getFirst().contains("on other explains"), violations.getFirst());
    }

    /// Histories made from a register that really took each operation at one moment are never refused; with one read that
    /// answers a value from before its time they always are.
    @Test
    void randomHistoriesOfARegisterAreRightAndDamagedOnesWrong() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<Operation> history = register(random, 300);
            assertEquals(List.of(), Linearizability.violations(history), "seed " + seed);
            history.add(get("0", 1_000_000, 1_000_001)); // the first value, overwritten long ago
            assertEquals(1, Linearizability.violations(history).size(), "seed " + seed);
        }
    }

    private static List<Operation> register(Random random, int count) {
        List<Operation> history = new ArrayList<>();
        String value = null;
        for (int i = 0; i < count; i++) {
            long moment = 10L * i;
            long invoked = moment - random.nextInt(40);
            long returned = moment + random.nextInt(40);
            boolean lost = random.nextInt(20) == 0;
            switch (i == 0 || i == count - 1 ? 0 : random.nextInt(4)) {
                case 0 -> {
                    history.add(lost && i > 0 && i < count - 1
                            ? unknown(new Put("" + i), invoked, returned)
                            : put("" + i, invoked, returned));
                    value = "" + i;
                }
                case 1 -> history.add(get(value, invoked, returned));
                case 2 -> {
                    history.add(op(new Swap("" + i), invoked, returned, value, true));
                    value = "" + i;
                }
                default -> {
                    history.add(op(new Delete(), invoked, returned, value, value != null));
                    value = null;
                }
            }
        }
        return history;
    }
}
