package io.shanhai.gateway.route;

import java.util.ArrayList;
import java.util.List;

/// The whole segments a pattern demands literally before anything that is not literal: `/api/v1/[a-z]+` can only match
/// paths below `/api/v1`, so it hangs on that node of the tree and no other request ever tries it.
final class LiteralStart {

    private static final String META = "\\.[]{}()*+?^$|";
    private static final String QUANTIFIERS = "*+?{";

    private LiteralStart() {}

    /// Segments in order; none when the pattern may match anything. Cautious: too short is right too, only slower.
    static List<String> of(String pattern) {
        String text = pattern.startsWith("^") ? pattern.substring(1) : pattern;
        if (!text.startsWith("/") || hasAlternativeAtTop(text)) {
            return List.of();
        }
        int end = 0;
        while (end < text.length() && META.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        boolean isWhole = end == text.length();
        if (!isWhole && QUANTIFIERS.indexOf(text.charAt(end)) >= 0) {
            end--; // the quantifier may take its character away
        }
        List<String> segments = new ArrayList<>();
        int at = 1;
        for (int slash = text.indexOf('/', 1); slash >= 0 && slash < end; slash = text.indexOf('/', at)) {
            segments.add(text.substring(at, slash));
            at = slash + 1;
        }
        if (isWhole) {
            segments.add(text.substring(at));
        }
        return segments;
    }

    /// `a|b` outside of a group; with escapes, quotes or classes nobody counts parentheses here: then it may be.
    private static boolean hasAlternativeAtTop(String text) {
        if (text.indexOf('|') < 0) {
            return false;
        }
        if (text.indexOf('\\') >= 0 || text.indexOf('[') >= 0) {
            return true;
        }
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '(' -> depth++;
                case ')' -> depth--;
                case '|' -> {
                    if (depth == 0) {
                        return true;
                    }
                }
                default -> {
                }
            }
        }
        return false;
    }
}
