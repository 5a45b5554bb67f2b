package io.shanhai.gateway.plan;

import java.util.ArrayDeque;
import java.util.Deque;

/// How large a pattern's program would be, without compiling it: RE2 takes linear time, but `((a{999}){999}){999}` is a
/// billion instructions before it has seen a single path. Repeat counts multiply, everything else counts as one.
final class PatternSize {

    static final long MOST = 10_000; // instructions: some 400 KB, and 10 µs for a path that keeps all of it busy

    private PatternSize() {}

    /// An estimate that is never much too low for a pattern without `\Q`.
    static long of(String pattern) {
        Deque<Long> outer = new ArrayDeque<>();
        long size = 0;
        long last = 0; // size of the item a repeat count would be for
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '(') {
                outer.push(size);
                size = 0;
                last = 0;
            } else if (c == ')' && !outer.isEmpty()) {
                last = size + 2;
                size = outer.pop() + last;
            } else if (c == '{' && repeats(pattern, i) > 0) {
                size += last * (repeats(pattern, i) - 1);
                last *= repeats(pattern, i);
                i = pattern.indexOf('}', i);
            } else {
                i = c == '\\' ? i + 1 : c == '[' ? classEnd(pattern, i) : i;
                last = 1;
                size++;
            }
            if (size > MOST) {
                return size; // before numbers overflow
            }
        }
        while (!outer.isEmpty()) {
            size += outer.pop();
        }
        return size;
    }

    /// The largest count of `{n}`, `{n,}` or `{n,m}`; 0 when it is none.
    private static long repeats(String pattern, int open) {
        int close = pattern.indexOf('}', open);
        if (close < 0 || close == open + 1 || close - open > 12) {
            return 0;
        }
        String[] counts = pattern.substring(open + 1, close).split(",", 2);
        try {
            long least = Long.parseLong(counts[0]);
            return Math.max(1,
                    counts.length == 2 && !counts[1].isEmpty() ? Math.max(least, Long.parseLong(counts[1])) : least + 1);
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private static int classEnd(String pattern, int open) {
        int i = open + 1;
        i += i < pattern.length() && pattern.charAt(i) == '^' ? 1 : 0;
        i += i < pattern.length() && pattern.charAt(i) == ']' ? 1 : 0; // a ] at the front is a member
        while (i < pattern.length() && pattern.charAt(i) != ']') {
            i += pattern.charAt(i) == '\\' ? 2 : 1;
        }
        return i;
    }
}
