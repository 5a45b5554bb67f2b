package io.shanhai.gateway.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.PatternSyntaxException;
import io.shanhai.gateway.NormalPath;
import io.shanhai.gateway.route.RouteMatch;
import io.shanhai.gateway.route.RouteMatch.Field;
import io.shanhai.gateway.route.RouteMatch.How;
import io.shanhai.gateway.route.RouteMatch.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// The `match` of a route, read and checked.
final class MatchSpec {

    static final RouteMatch EVERYTHING = new RouteMatch(Kind.PREFIX, "/", "", Set.of(), List.of(), List.of());
    static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+"); // RFC 9110 section 5.6.2
    static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e&&[^?#]]*");

    private static final List<String> KINDS = List.of("exact", "template", "regex", "path");
    private static final Set<String> FIELDS = Set.of("path", "exact", "template", "regex", "host", "methods", "headers", "query");
    private static final Pattern HOST = Pattern.compile("(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*\\.?|\\[[0-9A-Fa-f:.]+]");
    private static final int MAX_HOST = 253; // RFC 1035 section 2.3.4, in text
    private static final int MAX_PATTERN = 1024; // characters; a compiled RE2 program is a small multiple of that
    private static final int MAX_CONDITIONS = 16; // headers, and query parameters, of one route: the Gateway API's bound

    private MatchSpec() {}

    static RouteMatch read(SpecReader reader) {
        reader.only(FIELDS);
        List<String> kinds = KINDS.stream().filter(reader::has).toList();
        if (kinds.size() > 1) {
            reader.wrong("", "has " + String.join(" and ", kinds) + " (expected: one of path, exact, template, regex)");
        }
        String field = kinds.isEmpty() ? "path" : kinds.getFirst();
        Kind kind = switch (field) {
            case "exact" -> Kind.EXACT;
            case "template" -> Kind.TEMPLATE;
            case "regex" -> Kind.REGEX;
            default -> Kind.PREFIX;
        };
        String path = kind == Kind.REGEX ? pattern(reader, "regex", reader.text("regex", "")) : path(reader, field);
        if (kind == Kind.TEMPLATE) {
            checkTemplate(reader, path);
        }
        return new RouteMatch(kind, path, host(reader), methods(reader), headers(reader), fields(reader, "query"));
    }

    private static String path(SpecReader reader, String field) {
        String path = reader.text(field, "/");
        String normal = PATH.matcher(path).matches() ? NormalPath.of(path) : null;
        if (normal == null || path.length() > 2048) {
            reader.wrong(field, "\"" + path
                    + "\" (expected: starts with /, printable ASCII, no ? or #, % with two hex digits, up to 2048 characters)");
            return "/";
        }
        return normal; // requests are matched in this form, so a route that is written otherwise means it too
    }

    /// A pattern for the whole text, matched in linear time.
    private static String pattern(SpecReader reader, String field, String text) {
        if (text.isEmpty() || text.length() > MAX_PATTERN || !text.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
            reader.wrong(field, "\"" + text + "\" (expected: an RE2 pattern, 1.." + MAX_PATTERN + " printable ASCII characters)");
            return "/";
        }
        if (text.contains("\\Q") || PatternSize.of(text) > PatternSize.MOST) {
            reader.wrong(field,
                    "\"" + text + "\" (expected: escapes instead of \\Q, and repeat counts that multiply to less than "
                            + PatternSize.MOST + ")");
            return "/";
        }
        try {
            com.google.re2j.Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            reader.wrong(field, "\"" + text + "\": " + e.getMessage() + " (expected: RE2 syntax, without backreferences)");
        }
        return text;
    }

    private static void checkTemplate(SpecReader reader, String path) {
        for (String segment : path.split("/", -1)) {
            boolean isParameter = segment.startsWith("{") && segment.endsWith("}") && segment.length() > 2;
            String inside = isParameter ? segment.substring(1, segment.length() - 1) : segment;
            if (inside.indexOf('{') >= 0 || inside.indexOf('}') >= 0) {
                reader.wrong("template", "segment \"" + segment + "\" (expected: {name} as a whole segment, or no braces)");
            }
        }
    }

    private static String host(SpecReader reader) {
        String host = reader.text("host", "").toLowerCase(Locale.ROOT);
        if (!host.isEmpty() && (host.length() > MAX_HOST || !HOST.matcher(host).matches())) {
            reader.wrong("host", "\"" + host + "\" (expected: a host name without port, or *.example.com)");
            return "";
        }
        return host;
    }

    private static Set<String> methods(SpecReader reader) {
        Set<String> methods = new HashSet<>();
        for (String method : reader.texts("methods")) {
            if (!TOKEN.matcher(method).matches()) {
                reader.wrong("methods", "\"" + method + "\" (expected: an HTTP method such as GET)");
            }
            methods.add(method.toUpperCase(Locale.ROOT));
        }
        return methods;
    }

    private static List<Field> headers(SpecReader reader) {
        List<Field> headers = new ArrayList<>();
        for (Field field : fields(reader, "headers")) {
            if (!TOKEN.matcher(field.name()).matches()) {
                reader.wrong("headers", "\"" + field.name() + "\" is no header name");
            }
            headers.add(new Field(field.name().toLowerCase(Locale.ROOT), field.how(), field.value()));
        }
        return headers;
    }

    /// Names to `"value"`, or to one of `{"exact":..}`, `{"regex":..}`, `{"present":true|false}`.
    private static List<Field> fields(SpecReader reader, String name) {
        List<Field> fields = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : reader.nodes(name).entrySet()) {
            JsonNode value = entry.getValue();
            if (value.isObject()) {
                fields.add(field(reader.object(name).orElseThrow(), entry.getKey()));
            } else if (value.isValueNode() && !value.isNull()) {
                fields.add(new Field(entry.getKey(), value.asText())); // numbers and booleans as written
            } else {
                reader.wrong(name,
                        "\"" + entry.getKey() + "\" (expected: a string, or one of {\"exact\":\"..\"}, {\"regex\":\"..\"}, "
                                + "{\"present\":true})");
            }
        }
        if (fields.size() > MAX_CONDITIONS) {
            reader.wrong(name, fields.size() + " of them (expected: up to " + MAX_CONDITIONS + ")");
        }
        return fields;
    }

    private static Field field(SpecReader fields, String name) {
        SpecReader test = fields.object(name).orElseThrow().only(Set.of("exact", "regex", "present"));
        long given = List.of("exact", "regex", "present").stream().filter(test::has).count();
        if (given != 1) {
            test.wrong("", "has " + given + " tests (expected: one of exact, regex, present)");
        }
        if (test.has("regex")) {
            return new Field(name, How.REGEX, pattern(test, "regex", test.text("regex", "")));
        }
        if (test.has("present")) {
            return new Field(name, test.flag("present") ? How.PRESENT : How.ABSENT, "");
        }
        return new Field(name, test.text("exact", ""));
    }
}
