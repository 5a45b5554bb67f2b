package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// What a request must be like for a route. All parts must hold.
///
/// @param kind how `path` is meant
/// @param path starts with `/`; without a trailing `/` for PREFIX, except the root
/// @param host lower case; `*.example.com` for any host below it; `""` for every host
/// @param methods upper case; empty for every method
/// @param headers names lower case, values exact
/// @param query parameters, values exact and as written (not percent-decoded)
public record RouteMatch(Kind kind, String path, String host, Set<String> methods, List<Field> headers, List<Field> query) {

    /// In the order of precedence.
    public enum Kind { EXACT, TEMPLATE, PREFIX }

    public record Field(String name, String value) {}

    public RouteMatch {
        Objects.requireNonNull(kind, "kind");
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path: \"" + path + "\" (expected: starts with /)");
        }
        if (kind == Kind.PREFIX && path.length() > 1 && path.endsWith("/")) {
            path = path.substring(0, path.length() - 1); // Gateway API: the prefixes /abc and /abc/ are the same
        }
        host = host.toLowerCase(Locale.ROOT);
        methods = Collections.unmodifiableSortedSet(new TreeSet<>(methods));
        headers = List.copyOf(headers);
        query = List.copyOf(query);
    }

    /// Why the request fails on method, headers or query; null when it does not. Path and host are not looked at.
    String failure(String method, String queryString, RequestHeaders fields) {
        if (!methods.isEmpty() && !methods.contains(method)) {
            return "method " + method + " is not one of " + methods;
        }
        for (Field header : headers) {
            String value = fields.first(header.name());
            if (!header.value().equals(value)) {
                return "header " + header.name() + " is " + (value == null ? "missing" : "\"" + value + "\"") + ", not \""
                        + header.value() + "\"";
            }
        }
        for (Field parameter : query) {
            if (!hasParameter(queryString, parameter)) {
                return "query parameter " + parameter.name() + "=" + parameter.value() + " is missing";
            }
        }
        return null;
    }

    /// The same verdict without words, for the hot path.
    boolean fits(String method, String queryString, RequestHeaders fields) {
        if (!methods.isEmpty() && !methods.contains(method)) {
            return false;
        }
        for (int i = 0; i < headers.size(); i++) {
            if (!headers.get(i).value().equals(fields.first(headers.get(i).name()))) {
                return false;
            }
        }
        for (int i = 0; i < query.size(); i++) {
            if (!hasParameter(queryString, query.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasParameter(String queryString, Field wanted) {
        int at = 0;
        while (queryString != null && at <= queryString.length()) {
            int end = queryString.indexOf('&', at);
            int stop = end < 0 ? queryString.length() : end;
            int name = wanted.name().length();
            if (queryString.startsWith(wanted.name(), at) && at + name + 1 + wanted.value().length() == stop
                    && queryString.charAt(at + name) == '=' && queryString.startsWith(wanted.value(), at + name + 1)) {
                return true;
            }
            at = stop + 1;
        }
        return false;
    }

    boolean hostFits(String requestHost) {
        return host.isEmpty() || (host.startsWith("*.")
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
            text.append(", ").append(headers.size()).append(" headers");
        }
        if (!query.isEmpty()) {
            text.append(", ").append(query.size()).append(" query parameters");
        }
        return text.toString();
    }
}
