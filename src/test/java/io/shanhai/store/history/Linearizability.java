package io.shanhai.store.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Is there, for every key, an order of the operations that agrees with the clock and with a register? Looks at times and
/// values only, never at answered revisions. Linearizability is local (Herlihy and Wing, 1990, theorem 1), so keys are
/// judged one by one.
public final class Linearizability {

    /*
     * The search of Wing and Gong (1993) with Lowe's memo of (what is ordered, state) pairs (2017). Calls and returns stand
     * in one list by time. Any call that stands before the first return may come next in the order: it is taken out of the
     * list together with its return if the register allows it, and the search goes on from the list's head; when a return is
     * reached whose call could not be placed, the last choice is taken back. An operation without an answer is placed like
     * any other, or, once its return is reached, taken out as one that never happened.
     *
     * The memo is kept small: the operations are numbered by invocation, and all below the first open one are ordered.
     */

    /// More steps than any trial needed by a factor of 1,000; beyond it the search says so instead of running for hours.
    private static final long MAX_STEPS = 50_000_000;
    private static final int ABSENT = 0;
    private static final int IMPOSSIBLE = -1;

    private final List<Operation> operations;
    private final Map<String, Integer> values = new HashMap<>();
    // The list: node 2i + 1 is the call of operation i, node 2i + 2 its return, 0 the head, `end` the end.
    private final int[] next;
    private final int[] previous;
    private final int end;
    private final BitSet ordered = new BitSet();
    private final Set<Memo> memo = new HashSet<>();
    private final ArrayDeque<Choice> choices = new ArrayDeque<>();
    private int state = ABSENT;
    private int deepest;
    private int stuckAt = -1;

    private record Memo(int firstOpen, BitSet behind, int state) {}

    private record Choice(int node, int stateBefore) {}

    private record Point(long nanos, int node) {
        boolean isReturn() {
            return node % 2 == 0;
        }
    }

    private Linearizability(List<Operation> ofOneKey) {
        operations = ofOneKey.stream().sorted(Comparator.comparingLong(Operation::invoked)).toList();
        end = 2 * operations.size() + 1;
        next = new int[end + 1];
        previous = new int[end + 1];
        values.put(null, ABSENT);
        link();
    }

    /// @return what is wrong, one entry per key that has no such order
    public static List<String> violations(List<Operation> history) {
        Map<String, List<Operation>> byKey = new LinkedHashMap<>();
        history.forEach(op -> byKey.computeIfAbsent(op.key(), _ -> new ArrayList<>()).add(op));
        List<String> violations = new ArrayList<>();
        byKey.values().forEach(ops -> new Linearizability(ops).search().ifPresent(violations::add));
        return violations;
    }

    private void link() {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            points.add(new Point(operations.get(i).invoked(), 2 * i + 1));
            points.add(new Point(operations.get(i).returned(), 2 * i + 2));
        }
        // At the same moment calls come first: what may have overlapped is taken as overlapping.
        points.sort(Comparator.comparingLong(Point::nanos).thenComparing(Point::isReturn));
        int last = 0;
        for (Point point : points) {
            next[last] = point.node();
            previous[point.node()] = last;
            last = point.node();
        }
        next[last] = end;
        previous[end] = last;
    }

    private Optional<String> search() {
        int node = next[0];
        for (long steps = 0; next[0] != end; steps++) {
            if (steps > MAX_STEPS) {
                throw new IllegalStateException("undecided after " + steps + " steps: " + operations.size()
                        + " operations on " + operations.getFirst().key() + ". Use more keys or fewer clients");
            }
            if (choose(node)) {
                node = next[0];
            } else if (isCall(node)) {
                node = next[node];
            } else {
                node = takeBack(node);
                if (node < 0) {
                    return Optional.of(explanation());
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isCall(int node) {
        return node % 2 == 1;
    }

    private Operation at(int node) {
        return operations.get((node - 1) / 2);
    }

    /// Puts the call next in the order; at a return, leaves its unknown operation out.
    private boolean choose(int node) {
        Operation operation = at(node);
        int after = isCall(node) ? apply(operation) : operation.isUnknown() ? state : IMPOSSIBLE;
        if (after == IMPOSSIBLE) {
            return false;
        }
        int number = (node - 1) / 2;
        ordered.set(number);
        int firstOpen = ordered.nextClearBit(0);
        if (!memo.add(new Memo(firstOpen, ordered.get(firstOpen, ordered.length()), after))) {
            ordered.clear(number);
            return false;
        }
        choices.push(new Choice(node, state));
        state = after;
        takeOut(number);
        return true;
    }

    /// @return the node to go on from, -1 when no choice is left
    private int takeBack(int stuck) {
        if (choices.size() >= deepest) {
            deepest = choices.size();
            stuckAt = stuck;
        }
        while (!choices.isEmpty()) {
            Choice last = choices.pop();
            int number = (last.node() - 1) / 2;
            state = last.stateBefore();
            ordered.clear(number);
            putBack(number);
            if (isCall(last.node())) {
                return next[last.node()];
            }
        }
        return -1;
    }

    private void takeOut(int number) {
        for (int node = 2 * number + 1; node <= 2 * number + 2; node++) {
            next[previous[node]] = next[node];
            previous[next[node]] = previous[node];
        }
    }

    private void putBack(int number) {
        for (int node = 2 * number + 2; node > 2 * number; node--) {
            next[previous[node]] = node;
            previous[next[node]] = node;
        }
    }

    /// @return the register's state after it, or IMPOSSIBLE when its answer contradicts the state
    private int apply(Operation operation) {
        Answer answer = operation.answer();
        if (answer != null && !(operation.action() instanceof Action.Put) && state != id(answer.seen())) {
            return IMPOSSIBLE;
        }
        return switch (operation.action()) {
            case Action.Get _ -> state;
            case Action.Put(String value) -> id(value);
            case Action.Swap(String value) -> id(value);
            case Action.Delete _ -> answer == null || answer.applied() == (state != ABSENT) ? ABSENT : IMPOSSIBLE;
            case Action.CompareAndPut(String expected, String value) -> {
                boolean holds = state == id(expected);
                yield answer != null && answer.applied() != holds ? IMPOSSIBLE : holds ? id(value) : state;
            }
        };
    }

    private int id(String value) {
        return values.computeIfAbsent(value, _ -> values.size());
    }

    private String explanation() {
        Operation stuck = at(stuckAt);
        StringBuilder text = new StringBuilder("no order of the operations on ").append(stuck.key())
                .append(" explains ").append(stuck).append("; around it:");
        operations.stream().filter(op -> op.returned() >= stuck.invoked() && op.invoked() <= stuck.returned())
                .limit(20).forEach(op -> text.append("\n  ").append(op));
        return text.toString();
    }
}
