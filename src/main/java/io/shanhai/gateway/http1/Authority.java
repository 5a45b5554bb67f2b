package io.shanhai.gateway.http1;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// `host[:port]` of a Host field or an absolute target, judged by RFC 3986 section 3.2 without user information.
final class Authority {

    private static final int MAX_PORT = 65_535;

    private String text = "";
    private String host = "";

    /// As received.
    String text() {
        return text;
    }

    /// Lower case, without port.
    String host() {
        return host;
    }

    /// Reads bytes `from..to`; the empty authority is well-formed.
    ///
    /// @return false when malformed; [#text()] and [#host()] are then stale
    boolean read(byte[] bytes, int from, int to) {
        if (Octets.equal(bytes, from, to, text)) {
            return true; // most requests name the host the one before named: no string is made
        }
        int hostEnd = hostEnd(bytes, from, to);
        if (hostEnd < 0 || !isPort(bytes, hostEnd, to)) {
            return false;
        }
        text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        String lower = text.toLowerCase(Locale.ROOT); // the same object when nothing changes
        host = hostEnd == to ? lower : lower.substring(0, hostEnd - from);
        return true;
    }

    private static int hostEnd(byte[] bytes, int from, int to) {
        if (from < to && bytes[from] == '[') {
            return literalEnd(bytes, from, to);
        }
        int i = from;
        while (i < to && bytes[i] != ':') {
            if (!Octets.isHost(bytes[i]) || bytes[i] == '[' || bytes[i] == ']') {
                return -1;
            }
            i++;
        }
        return i == from && i < to ? -1 : i; // a port without a host names nothing
    }

    private static int literalEnd(byte[] bytes, int from, int to) {
        int i = from + 1;
        while (i < to && bytes[i] != ']') {
            if (Octets.hexValue(bytes[i]) < 0 && bytes[i] != ':' && bytes[i] != '.') {
                return -1;
            }
            i++;
        }
        return i == to || i - from < 3 ? -1 : i + 1;
    }

    private static boolean isPort(byte[] bytes, int from, int to) {
        if (from == to) {
            return true;
        }
        if (bytes[from] != ':' || to - from > 6) {
            return false;
        }
        int port = 0;
        for (int i = from + 1; i < to; i++) {
            if (!Octets.isDigit(bytes[i])) {
                return false;
            }
            port = 10 * port + bytes[i] - '0';
        }
        return port <= MAX_PORT;
    }
}
