package io.shanhai.gateway.plan;

import com.fasterxml.jackson.databind.JsonNode;
import io.shanhai.gateway.Balance;
import io.shanhai.gateway.NormalPath;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.route.RouteMatch;
import io.shanhai.gateway.route.RouteMatch.Kind;
import io.shanhai.registry.Address;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A route as stored under `/shanhai/routes/{id}`: the JSON of `PUT /v1/routes/{id}`, read and checked.
///
/// @param limits ids, asked in this order
/// @param mirror null when nothing is mirrored
record RouteSpec(RouteMatch match, To to, Route.Rewrite rewrite, Duration timeout, Route.Retries retries, List<String> limits,
        Balance balance, TrafficSpec.MirrorTo mirror) {

    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(15); // Envoy's route default

    /// Where it goes.
    sealed interface To {
        record Service(String service) implements To {}

        record Split(List<Share> shares) implements To {}

        record Upstream(Address address) implements To {}

        record Respond(Answer answer) implements To {}
    }

    /// @param tags the instances that count; empty for all
    record Share(String service, SortedMap<String, String> tags, int weight) {}

    private static final Set<String> FIELDS = Set.of("match", "service", "split", "upstream", "respond", "rewrite", "timeout",
            "retry", "limits", "balance", "mirror");
    private static final List<String> TARGETS = List.of("service", "split", "upstream", "respond");
    private static final Pattern UPSTREAM = Pattern.compile("http://([^/?#@]+)/?");

    /// @throws InvalidSpecException with everything that is wrong
    static RouteSpec parse(JsonNode json) {
        SpecReader reader = new SpecReader(json);
        RouteSpec spec = read(reader);
        reader.check();
        return spec;
    }

    /// The reader has the violations; when there is one, what is returned may be incomplete.
    static RouteSpec read(SpecReader reader) {
        for (String later : List.of("breaker")) {
            if (reader.has(later)) {
                reader.wrong(later, "is not built yet (leave it out)");
            }
        }
        Set<String> known = new HashSet<>(FIELDS);
        known.addAll(List.of("breaker"));
        reader.only(known);
        RouteMatch match = reader.object("match").map(MatchSpec::read).orElse(MatchSpec.EVERYTHING);
        return new RouteSpec(match, target(reader), rewrite(reader, match),
                reader.duration("timeout", DEFAULT_TIMEOUT, Duration.ofMillis(1), Duration.ofHours(1)),
                TrafficSpec.retries(reader), reader.texts("limits"), TrafficSpec.balance(reader), TrafficSpec.mirror(reader));
    }

    private static To target(SpecReader reader) {
        List<String> given = TARGETS.stream().filter(reader::has).toList();
        if (given.size() != 1) {
            reader.wrong("", given.isEmpty()
                    ? "no target (expected: one of service, split, upstream, respond)"
                    : "has " + String.join(" and ", given) + " (expected: one of them)");
            return null;
        }
        return switch (given.getFirst()) {
            case "service" -> new To.Service(service(reader, "service"));
            case "split" -> split(reader);
            case "upstream" -> upstream(reader);
            default -> reader.object("respond").map(RouteSpec::respond).orElseThrow();
        };
    }

    static String service(SpecReader reader, String field) {
        String service = reader.text(field, "");
        if (service.isEmpty() || service.indexOf('/') >= 0) {
            reader.wrong(field, "\"" + service + "\" (expected: the name of a service)");
        }
        return service;
    }

    private static To split(SpecReader reader) {
        List<Share> shares = new ArrayList<>();
        for (SpecReader share : reader.objects("split")) {
            share.only(Set.of("service", "tags", "weight"));
            shares.add(new Share(service(share, "service"), new TreeMap<>(share.map("tags")),
                    (int) share.number("weight", 1, 0, 1_000_000)));
        }
        if (shares.stream().mapToInt(Share::weight).max().orElse(0) == 0) {
            reader.wrong("split", "no share has a weight above 0 (expected: at least one)");
        }
        return new To.Split(shares);
    }

    static To upstream(SpecReader reader) {
        String url = reader.text("upstream", "");
        var matcher = UPSTREAM.matcher(url);
        if (!matcher.matches()) {
            reader.wrong("upstream", "\"" + url + "\" (expected: http://host:port without a path; use rewrite for the path)");
            return null;
        }
        String authority = matcher.group(1);
        boolean hasPort = authority.lastIndexOf(':') > authority.lastIndexOf(']');
        try {
            return new To.Upstream(Address.parse(hasPort ? authority : authority + ":80"));
        } catch (IllegalArgumentException e) {
            reader.wrong("upstream", e.getMessage());
            return null;
        }
    }

    private static To respond(SpecReader reader) {
        reader.only(Set.of("status", "headers", "body"));
        int status = (int) reader.number("status", 200, 200, 599);
        List<String> headers = new ArrayList<>();
        for (Map.Entry<String, String> header : reader.map("headers").entrySet()) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            boolean framing = name.equals("content-length") || name.equals("transfer-encoding") || name.equals("connection");
            if (framing || !MatchSpec.TOKEN.matcher(name).matches()
                    || header.getValue().chars().anyMatch(c -> c < 0x20 && c != '\t' || c == 0x7f || c > 0xff)) {
                reader.wrong("headers", "\"" + header.getKey() + "\" (expected: a valid field that is not about framing)");
            }
            headers.add(name);
            headers.add(header.getValue());
        }
        JsonNode body = reader.raw("body");
        String text = body.isMissingNode() || body.isNull() ? "" : body.isTextual() ? body.textValue() : body.toString();
        if (!headers.contains("content-type") && !text.isEmpty()) {
            headers.addAll(List.of("content-type", body.isContainerNode() ? "application/json" : "text/plain; charset=utf-8"));
        }
        return new To.Respond(new Answer(status, headers, text.getBytes(StandardCharsets.UTF_8)));
    }

    /// `"rewrite":"/v2"` replaces the matched prefix; `{"stripPrefix":"/api","prefix":"/v2"}` says both parts.
    private static Route.Rewrite rewrite(SpecReader reader, RouteMatch match) {
        if (!reader.has("rewrite")) {
            return Route.Rewrite.NONE;
        }
        String strip;
        String prefix;
        if (reader.raw("rewrite").isTextual()) {
            boolean isLiteral = match.kind() == Kind.EXACT || match.kind() == Kind.PREFIX;
            strip = isLiteral && !match.path().equals("/") ? match.path() : null;
            prefix = reader.text("rewrite", null);
        } else {
            SpecReader object = reader.object("rewrite").orElseThrow().only(Set.of("stripPrefix", "prefix"));
            strip = object.text("stripPrefix", null);
            prefix = object.text("prefix", null);
        }
        String normal = part(reader, prefix);
        return new Route.Rewrite(part(reader, strip), normal == null || normal.equals("/") ? null : normal);
    }

    private static String part(SpecReader reader, String part) {
        String normal = part == null || !MatchSpec.PATH.matcher(part).matches() ? null : NormalPath.of(part);
        if (part != null && normal == null) {
            reader.wrong("rewrite", "\"" + part + "\" (expected: starts with /, printable ASCII, no ? or #)");
        }
        return normal;
    }
}
