package io.shanhai.admin;

import io.shanhai.settings.Spelling;

/// How far a mistyped path is from a path pattern.
final class PathDistance {

    /// Up to this far two paths are worth mentioning together: a missing segment, or a few typing errors.
    static final int NEAR = 4;

    private static final int MISSING_SEGMENT = 3; // nearer than a segment that shares nothing

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
            distance += known[i].startsWith("{") ? 0 : Spelling.distance(asked[i], known[i]);
        }
        return distance;
    }
}
