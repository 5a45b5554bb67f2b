package io.shanhai.node;

import java.util.Locale;
import java.util.regex.Pattern;

/// Tells whether a Host or Origin names this machine. By spelling, never by resolving: a name that resolves to
/// 127.0.0.1 is exactly what DNS rebinding uses.
public final class LocalAuthority {

    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");
    private static final Pattern PORT = Pattern.compile(":\\d{0,5}"); // RFC 3986 section 3.2.3: the port may be empty

    private LocalAuthority() {}

    /// @param authority value of a Host header: `localhost`, 127.0.0.0/8 or `[::1]`, with or without port
    public static boolean isLocal(String authority) {
        int end = authority.startsWith("[") ? authority.indexOf(']') + 1 : authority.indexOf(':');
        String host = end > 0 ? authority.substring(0, end) : authority;
        String port = authority.substring(host.length());
        if (!port.isEmpty() && !PORT.matcher(port).matches()) {
            return false;
        }
        return switch (host.toLowerCase(Locale.ROOT)) {
            case "localhost", "localhost.", "[::1]", "[0:0:0:0:0:0:0:1]" -> true;
            default -> LOOPBACK_V4.matcher(host).matches();
        };
    }

    /// @param origin value of an Origin header: `http://` or `https://` and a local authority; `null` is not
    public static boolean isLocalOrigin(String origin) {
        String lower = origin.toLowerCase(Locale.ROOT);
        if (lower.startsWith("http://")) {
            return isLocal(lower.substring("http://".length()));
        }
        return lower.startsWith("https://") && isLocal(lower.substring("https://".length()));
    }
}
