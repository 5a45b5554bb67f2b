package io.shanhai.admin;

/// How far a mistyped path is from a path pattern.
final class PathDistance {

    /// Up to this far two paths are worth mentioning together: a missing segment, or a few typing errors.
    static final int NEAR = 4;

    private static final int MISSING_SEGMENT = 3; // nearer than a segment that shares nothing
    private static final int LONGEST = 64; // the table is quadratic; no segment of ours is longer

    private PathDistance() {}

    /// @param path as requested
    /// @param pattern `{name}` stands for any segment
    /// @return 0 when the pattern matches
    static int between(String path, String pattern) {
        String[] asked = path.split("/");
        String[] known = pattern.split("/");
        int shared = Math.min(asked.length, known.length);
        int distance = MISSING_SEGMENT * Math.abs(asked.length - known.length);
        for (int i = 0; i < shared && distance <= NEAR; i++) {
            distance += known[i].startsWith("{") ? 0 : edits(asked[i], known[i]);
        }
        return distance;
    }

    /// Levenshtein distance: insertions, deletions, substitutions.
    private static int edits(String a, String b) {
        if (a.length() > LONGEST) {
            return a.length();
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
