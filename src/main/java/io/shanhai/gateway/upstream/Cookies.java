package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Hash;

/// Finds one cookie (RFC 6265 section 4.2.1).
final class Cookies {

    private Cookies() {}

    /// The hash of a cookie's value; 0 when there is no such cookie or it is empty.
    ///
    /// @param header the Cookie field, null when there is none
    static long hash(String header, String name) {
        int at = 0;
        while (header != null && at < header.length()) {
            int end = end(header, at);
            int equals = header.indexOf('=', at);
            if (equals > at && equals < end && header.regionMatches(at, name, 0, Math.max(name.length(), equals - at))) {
                return equals + 1 == end ? 0 : Hash.of(header, equals + 1, end);
            }
            at = end + 1;
            while (at < header.length() && (header.charAt(at) == ' ' || header.charAt(at) == ',')) {
                at++; // two Cookie lines are joined by a comma
            }
        }
        return 0;
    }

    private static int end(String header, int at) {
        int semicolon = header.indexOf(';', at);
        int comma = header.indexOf(',', at);
        int end = semicolon < 0 ? header.length() : semicolon;
        return comma < 0 ? end : Math.min(comma, end);
    }
}
