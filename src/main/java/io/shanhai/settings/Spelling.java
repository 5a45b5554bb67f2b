package io.shanhai.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the word somebody meant. Pure; safe for all threads.
public final class Spelling {

    private static final int LONGEST = 128; // the table is quadratic; nobody means a longer word

    private Spelling() {}

    /// The nearest known word, empty when none is near enough to be meant: one edit in three letters.
    static Optional<String> nearest(String word, Collection<String> known) {
        return known.stream()
                .filter(candidate -> distance(word, candidate) <= Math.max(1, Math.min(word.length(), candidate.length()) / 3))
                .min(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /// ` (did you mean "x"?)`, or nothing.
    public static String hint(String word, Collection<String> known) {
        return nearest(word, known).map(meant -> " (did you mean \"" + meant + "\"?)").orElse("");
    }

    /// Levenshtein's distance where swapping two neighbours is one edit: the most common slip of the fingers.
    ///
    /// @return at most the longer length; for words beyond 128 characters just that
    public static int distance(String a, String b) {
        if (a.length() > LONGEST || b.length() > LONGEST) {
            return Math.max(a.length(), b.length());
        }
        int[] beforePrevious = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
                }
            }
            int[] spare = beforePrevious;
            beforePrevious = previous;
            previous = current;
            current = spare;
        }
        return previous[b.length()];
    }
}
