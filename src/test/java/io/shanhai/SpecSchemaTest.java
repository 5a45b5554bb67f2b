package io.shanhai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The schemas of the OpenAPI document against the code that judges specs: generated objects, right and wrong ones, are
/// given to both, and both must say the same. Where a schema cannot say what the code knows, the list below does.
class SpecSchemaTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CASES = 400;
    private static final long SEED = 20_260_101;

    /// What the API may refuse although the schema takes it.
    private static final Pattern BEYOND_A_SCHEMA = Pattern.compile("""
            .*(: limit "[^"]*" does not exist.*|\
            "\\d+(us|ms|s|m|h|d)" \\(expected: .*|\
            "\\d+(us|ms|s|m|h|d)" is too long.*|\
            ttl: "\\d+(us|ms|s|m|h|d)".*|\
            /upstream: .*)""", Pattern.DOTALL);

    private static final Map<String, List<String>> RIGHT = Map.of(
            "route", List.of(
                    "{'match':{'path':'/a','host':'*.example.com','methods':['GET'],'headers':{'x':'y'},'query':{'q':1}},'service':'s'}",
                    "{'match':{'template':'/users/{id}'},'split':[{'service':'s','weight':1,'tags':{'v':'2'}},{'service':'t'}],'timeout':'2s'}",
                    "{'match':{'exact':'/x'},'upstream':'http://127.0.0.1:70','rewrite':{'stripPrefix':'/a','prefix':'/b'},'limits':['five']}",
                    "{'respond':{'status':200,'headers':{'content-type':'text/plain'},'body':{'a':1}},'retry':{'attempts':3,'statuses':[503]},'rewrite':'/v'}"),
            "limit", List.of("{'algorithm':'sliding-window','limit':5,'window':'1s','key':'route','shadow':true}",
                    "{'algorithm':'token-bucket','rate':5,'per':'1s','burst':7,'key':'all'}"),
            "instance", List.of("{'ttl':'20s','weight':50,'zone':'z1','tags':{'v':'2'},'metadata':{'owner':'me'}}",
                    "{'ttl':'none'}"));
    private static final Map<String, String> IDS = Map.of("route", "r", "limit", "l", "instance", "s/127.0.0.1:7");
    private static final List<String> NAMES = List.of("match", "service", "split", "upstream", "respond", "rewrite", "timeout",
            "retry", "limits", "breaker", "path", "exact", "template", "regex", "host", "methods", "headers", "query", "tags",
            "weight", "status", "body", "attempts", "statuses", "algorithm", "limit", "window", "key", "shadow", "rate", "per",
            "burst", "warmup", "ttl", "zone", "metadata", "probe", "unknown", "stripPrefix", "prefix", "revision");
    private static final List<String> VALUES = List.of("null", "true", "0", "1", "-1", "7.5", "100000000000", "503", "''", "'a'",
            "'/a'", "'/a b'", "'/{id}'", "'/x{id}'", "'/{a}{b}'", "'a/b'", "'1s'", "'2'", "'1ms'", "'none'", "'GET'", "'G T'",
            "'five'", "'sliding-window'", "'token-bucket'", "'gcra'", "'route'", "'client-ip'", "'http://h:1'", "'ftp://h'",
            "'*.a.b'", "'a..b'", "[]", "['a']", "[1]", "[null]", "[503]", "{}", "{'a':'b'}", "{'a':null}", "{'x y':'b'}",
            "{'Content-Length':'1'}", "[{'service':'s','weight':0}]", "[{'weight':1}]", "{'path':'/b'}", "{'status':204}");

    @TempDir
    static Path data;
    private static RunningAppliance appliance;
    private static OpenApiDocument schemas;

    @BeforeAll
    static void start() throws Exception {
        appliance = new RunningAppliance(data);
        schemas = new OpenApiDocument(appliance.admin("GET", "/v1/openapi.json", "").body());
        appliance.admin("PUT", "/v1/limits/five", quoted("{'algorithm':'sliding-window','limit':5}"));
    }

    @AfterAll
    static void stop() {
        appliance.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"route", "limit", "instance"})
    void schemaAndApiJudgeAlike(String kind) throws Exception {
        Random random = new Random(SEED);
        List<String> differences = new ArrayList<>();
        int right = 0;
        for (int i = 0; i < CASES; i++) {
            JsonNode spec = JSON.readTree(quoted(RIGHT.get(kind).get(i % RIGHT.get(kind).size())));
            for (int changes = i < RIGHT.get(kind).size() ? 0 : random.nextInt(1, 4); changes > 0; changes--) {
                mutate(spec, random);
            }
            boolean fits = schemas.violations("/components/schemas/" + Character.toUpperCase(kind.charAt(0)) + kind.substring(1)
                    + "Spec", spec.toString()).isEmpty();
            List<String> violations = judged(kind, spec);
            if (fits && violations.isEmpty()) {
                right++;
            }
            boolean known = fits && violations.stream().allMatch(text -> BEYOND_A_SCHEMA.matcher(text).matches());
            if (fits != violations.isEmpty() && !known) {
                differences.add((fits ? "only the schema takes " : "only the API takes ") + spec + " " + violations);
            }
        }
        assertEquals("", String.join("\n", differences));
        assertTrue(right > CASES / 20 && right < CASES * 9 / 10,
                right + " of " + CASES + " were right: both sides must be tried");
    }

    private List<String> judged(String kind, JsonNode spec) throws Exception {
        ObjectNode body = JSON.createObjectNode();
        body.putArray("set").addObject().put("kind", kind).put("id", IDS.get(kind)).set("spec", spec);
        HttpResponse<String> response = appliance.admin("POST", "/v1/changes?dryRun=true", body.toString());
        boolean fits = schemas.violations("/components/schemas/ChangeSet", body.toString()).isEmpty();
        List<String> violations = new ArrayList<>();
        JSON.readTree(response.body()).path("violations")
                .forEach(v -> violations.add(v.path("path").asText() + ": " + v.path("message").asText()));
        assertEquals(violations.isEmpty() ? 200 : 400, response.statusCode(), response.body());
        assertTrue(fits || !violations.isEmpty(), "the API takes what is no ChangeSet: " + body);
        return violations;
    }

    /// Adds, replaces or removes one member somewhere.
    private static void mutate(JsonNode node, Random random) throws Exception {
        List<JsonNode> containers = new ArrayList<>();
        collect(node, containers);
        switch (containers.get(random.nextInt(containers.size()))) {
            case ObjectNode object -> {
                List<String> names = new ArrayList<>();
                object.fieldNames().forEachRemaining(names::add);
                boolean add = names.isEmpty() || random.nextInt(3) == 0;
                String name = add ? NAMES.get(random.nextInt(NAMES.size())) : names.get(random.nextInt(names.size()));
                if (!add && random.nextInt(3) == 0) {
                    object.remove(name);
                } else {
                    object.set(name, value(random));
                }
            }
            case ArrayNode array -> array.add(value(random));
            default -> throw new AssertionError("no container");
        }
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
        }
        node.forEach(child -> collect(child, containers));
    }

    private static JsonNode value(Random random) throws Exception {
        return JSON.readTree(quoted(VALUES.get(random.nextInt(VALUES.size()))));
    }

    private static String quoted(String text) {
        return text.replace('\'', '"');
    }
}
