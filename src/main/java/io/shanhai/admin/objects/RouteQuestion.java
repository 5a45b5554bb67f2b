package io.shanhai.admin.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.admin.Problems;
import io.shanhai.gateway.NormalPath;
import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.plan.SpecReader;
import io.shanhai.gateway.plan.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;

/// A request that was not made: what `POST /v1/explain/route` asks about.
///
/// @param host lower case, without port, as the engines hand it to the matcher
/// @param query without `?`, null when there is none
/// @param lines header lines in order
record RouteQuestion(String method, String host, String path, String query, List<Line> lines) implements RequestHeaders {

    private static final Set<String> FIELDS = Set.of("method", "host", "path", "headers");

    /// @param name lower case
    record Line(String name, String value) {}

    RouteQuestion {
        lines = List.copyOf(lines);
    }

    /// @throws ProblemException with every violation
    static RouteQuestion read(ObjectNode body) {
        List<Violation> violations = new ArrayList<>();
        SpecReader reader = new SpecReader(body, "", violations).only(FIELDS);
        String method = reader.text("method", "GET");
        String host = reader.text("host", "");
        String target = reader.text("path", "");
        if (!target.startsWith("/")) {
            reader.wrong("path", "\"" + target + "\" (expected: starts with /, a query may follow)");
        }
        int mark = target.indexOf('?');
        String path = NormalPath.of(mark < 0 ? target : target.substring(0, mark)); // as the gateway matches it
        if (path == null) {
            reader.wrong("path", "\"" + target + "\" (expected: % with two hex digits; others are refused)");
        }
        List<Line> lines = lines(body.path("headers"), violations);
        if (!violations.isEmpty()) {
            throw Problems.invalid("the question is invalid", violations);
        }
        return new RouteQuestion(method, withoutPort(host), path, mark < 0 ? null : target.substring(mark + 1), lines);
    }

    private static List<Line> lines(JsonNode headers, List<Violation> violations) {
        List<Line> lines = new ArrayList<>();
        if (!headers.isMissingNode() && !headers.isNull() && !headers.isObject()) {
            violations.add(new Violation("/headers", headers + " (expected: an object, name to value or to values)"));
        }
        headers.properties().forEach(field -> {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            Iterable<JsonNode> values = field.getValue().isArray() ? field.getValue() : List.of(field.getValue());
            for (JsonNode value : values) {
                if (value.isTextual()) {
                    lines.add(new Line(name, value.textValue()));
                } else {
                    violations.add(new Violation("/headers" + pointer(field.getKey()), value + " (expected: a string)"));
                }
            }
        });
        return lines;
    }

    private static String withoutPort(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        int colon = lower.lastIndexOf(':');
        return colon > lower.lastIndexOf(']') ? lower.substring(0, colon) : lower;
    }

    private static String pointer(String name) {
        return "/" + name.replace("~", "~0").replace("/", "~1");
    }

    @Override
    public String first(String name) {
        return lines.stream().filter(line -> line.name().equals(name)).map(Line::value).findFirst().orElse(null);
    }

    @Override
    public int count(String name) {
        return (int) lines.stream().filter(line -> line.name().equals(name)).count();
    }

    @Override
    public String joined(String name) {
        List<String> values = lines.stream().filter(line -> line.name().equals(name)).map(Line::value).toList();
        return values.isEmpty() ? null : String.join(", ", values);
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        lines.forEach(line -> consumer.accept(line.name(), line.value()));
    }
}
