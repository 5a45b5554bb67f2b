package io.shanhai.gateway.route;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// What a request must be like for a route. All parts must hold.
///
/// @param kind how `path` is meant
/// @param path normal (see `NormalPath`) and starts with `/`; without a trailing `/` for PREFIX, except the root; for
///        REGEX an RE2 pattern that must match the whole path
/// @param host lower case; `*.example.com` for any host below it; `""` for every host
/// @param methods upper case; empty for every method
/// @param headers names lower case
/// @param query parameters, names and values as written (not percent-decoded)
public record RouteMatch(Kind kind, String path, String host, Set<String> methods, List<Field> headers, List<Field> query) {

    /// In the order of precedence.
    public enum Kind { EXACT, TEMPLATE, REGEX, PREFIX }

    /// What a field's value must be like.
    public enum How { EXACT, REGEX, PRESENT, ABSENT }

    private static final int MAX_PATH = 8 * 1024; // the longest request target that default settings admit
    private static final int MAX_HOST = 255; // RFC 1035 section 2.3.4

    /// @param value what it is compared with, an RE2 pattern for the whole value, or `""`
    public record Field(String name, How how, String value) {

        public Field(String name, String value) {
            this(name, How.EXACT, value);
        }

        String describe() {
            return switch (how) {
                case EXACT -> name + "=" + value;
                case REGEX -> name + " like " + value;
                case PRESENT -> name;
                case ABSENT -> "no " + name;
            };
        }
    }

    public RouteMatch {
        Objects.requireNonNull(kind, "kind");
        if (kind != Kind.REGEX && !path.startsWith("/") || path.length() > MAX_PATH || !path.chars().allMatch(c -> c < 0x100)) {
            throw new IllegalArgumentException(
                    "path: \"" + path + "\" (expected: starts with /, up to " + MAX_PATH + " ISO-8859-1 characters)");
        }
        if (kind == Kind.PREFIX && path.length() > 1 && path.endsWith("/")) {
            path = path.substring(0, path.length() - 1); // Gateway API: the prefixes /abc and /abc/ are the same
        }
        host = host.toLowerCase(Locale.ROOT);
        if (host.length() > MAX_HOST || !host.chars().allMatch(c -> c < 0x80)) {
            throw new IllegalArgumentException("host: \"" + host + "\" (expected: up to " + MAX_HOST + " ASCII characters)");
        }
        methods = Collections.unmodifiableSortedSet(new TreeSet<>(methods));
        headers = List.copyOf(headers);
        query = List.copyOf(query);
    }

    boolean isWildcard() {
        return host.startsWith("*.");
    }

    boolean hostFits(String requestHost) {
        return host.isEmpty() || (isWildcard()
                ? requestHost.length() > host.length() - 1 && requestHost.endsWith(host.substring(1))
                : host.equals(requestHost));
    }

    /// For people: `prefix /api, host shop.example, methods [GET]`.
    String describe() {
        StringBuilder text = new StringBuilder(kind.name().toLowerCase(Locale.ROOT)).append(' ').append(path);
        if (!host.isEmpty()) {
            text.append(", host ").append(host);
        }
        if (!methods.isEmpty()) {
            text.append(", methods ").append(methods);
        }
        if (!headers.isEmpty()) {
            text.append(", headers ").append(headers.stream().map(Field::describe).toList());
        }
        if (!query.isEmpty()) {
            text.append(", query ").append(query.stream().map(Field::describe).toList());
        }
        return text.toString();
    }
}
