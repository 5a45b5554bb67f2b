package io.shanhai.registry;

/// `host:port` of an instance; an IPv6 host in brackets.
///
/// @param host without brackets
/// @param port 1..65535
public record Address(String host, int port) {

    private static final int MAX_HOST = 253; // RFC 1035 section 2.3.4

    public Address {
        if (host.isEmpty() || host.length() > MAX_HOST) {
            throw new IllegalArgumentException("host: \"" + host + "\" (expected: 1..253 characters)");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
        }
    }

    /// @throws IllegalArgumentException saying what is wrong with `text`
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: host:port, IPv6 as [::1]:8080)");
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (!bracketed && host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: an IPv6 host in brackets, [::1]:8080)");
        }
        String bare = bracketed ? host.substring(1, host.length() - 1) : host;
        if (!bare.chars().allMatch(
                c -> Character.isLetterOrDigit(c) && c < 0x80 || ".-_".indexOf(c) >= 0 || bracketed && (c == ':' || c == '%'))) {
            throw new IllegalArgumentException(
                    "address: \"" + text + "\" (expected: letters, digits, '.', '-' and '_' in the host)");
        }
        return new Address(bare, port(text, text.substring(colon + 1)));
    }

    private static int port(String text, String digits) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("address: \"" + text + "\" (expected: a port of 1..65535 after the last colon)");
        }
        return Integer.parseInt(digits);
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
