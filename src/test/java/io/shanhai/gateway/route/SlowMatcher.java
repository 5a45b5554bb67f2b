package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.route.RouteMatch.Field;
import io.shanhai.gateway.route.RouteMatch.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/// The precedence as `docs/gateway.md` tells it, read out loud: filter all routes, sort what is left by one key after the
/// other, take the first. Shares no code with the table.
final class SlowMatcher {

    private SlowMatcher() {}

    /// The id of the winner, null when no route matches.
    static String match(List<Candidate> routes, String method, String host, String path, String query, RequestHeaders headers) {
        return routes.stream()
                .filter(r -> hostFits(r.match().host(), host) && pathFits(r.match(), path)
                        && (r.match().methods().isEmpty() || r.match().methods().contains(method))
                        && r.match().headers().stream().allMatch(f -> fits(f, values(headers, f.name())))
                        && r.match().query().stream().allMatch(f -> fits(f, parameters(query, f.name()))))
                .min(Comparator.comparing((Candidate r) -> hostClass(r.match().host()))
                        .thenComparing(r -> -r.match().host().length())
                        .thenComparing(r -> List.of(Kind.EXACT, Kind.TEMPLATE, Kind.REGEX, Kind.PREFIX).indexOf(r.match().kind()))
                        .thenComparing(SlowMatcher::pathKey)
                        .thenComparing(r -> r.match().methods().isEmpty() ? 1 : 0)
                        .thenComparing(r -> -r.match().headers().size())
                        .thenComparing(r -> -r.match().query().size())
                        .thenComparing(Candidate::createRevision)
                        .thenComparing(r -> r.route().id()))
                .map(r -> r.route().id()).orElse(null);
    }

    private static String hostClass(String host) {
        return host.isEmpty() ? "3 any" : host.startsWith("*.") ? "2 wildcard" : "1 exact";
    }

    /// Smaller is more specific, within one kind.
    private static String pathKey(Candidate route) {
        String path = route.match().path();
        return switch (route.match().kind()) {
            case EXACT -> "";
            case TEMPLATE ->
                Arrays.stream(path.split("/", -1)).map(s -> s.startsWith("{") ? "2" : "1").reduce("", String::concat);
            case REGEX -> "%05d %05d %s".formatted(99_999 - LiteralStart.of(path).size(), 99_999 - path.length(), path);
            case PREFIX -> "%05d".formatted(99_999 - path.length());
        };
    }

    private static boolean hostFits(String wanted, String host) {
        if (wanted.startsWith("*.")) {
            return host.endsWith(wanted.substring(1)) && !host.equals(wanted.substring(1));
        }
        return wanted.isEmpty() || wanted.equals(host);
    }

    private static boolean pathFits(RouteMatch match, String path) {
        String wanted = match.path();
        return switch (match.kind()) {
            case EXACT -> wanted.equals(path);
            case PREFIX -> wanted.equals("/") || path.equals(wanted) || path.startsWith(wanted + "/");
            case TEMPLATE -> path.matches(Arrays.stream(wanted.split("/", -1))
                    .map(s -> s.startsWith("{") ? "[^/]+" : Pattern.quote(s)).reduce((a, b) -> a + "/" + b).orElseThrow());
            case REGEX -> path.matches(wanted);
        };
    }

    private static boolean fits(Field field, List<String> values) {
        return switch (field.how()) {
            case EXACT -> values.contains(field.value());
            case REGEX -> values.stream().anyMatch(v -> v.matches(field.value()));
            case PRESENT -> !values.isEmpty();
            case ABSENT -> values.isEmpty();
        };
    }

    private static List<String> values(RequestHeaders headers, String name) {
        List<String> values = new ArrayList<>();
        headers.forEach((n, v) -> {
            if (n.equalsIgnoreCase(name)) {
                values.add(v);
            }
        });
        return values;
    }

    private static List<String> parameters(String query, String name) {
        List<String> values = new ArrayList<>();
        for (String parameter : query == null ? new String[0] : query.split("&", -1)) {
            String[] pair = parameter.split("=", 2);
            if (pair[0].equals(name)) {
                values.add(pair.length == 2 ? pair[1] : "");
            }
        }
        return values;
    }
}
