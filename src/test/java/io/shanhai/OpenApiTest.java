package io.shanhai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `GET /v1/openapi.json` of a whole appliance: it is valid OpenAPI 3.1, every call it describes is there and answers what
/// is described, and its schemas and the API judge specs alike.
class OpenApiTest {

    private static final Pattern REFERENCE = Pattern.compile("\"\\$ref\":\"#(/[^\"]+)\"");
    /// A body for each call that takes one, by operationId.
    private static final Map<String, String> BODIES = Map.of(
            "putRoute", "{'match':{'path':'/users'},'service':'user-svc','limits':['users']}",
            "putLimit", "{'algorithm':'sliding-window','limit':5,'window':'1s'}",
            "registerInstance", "{'ttl':'none'}",
            "applyChanges",
            "{'set':[{'kind':'route','id':'other','spec':{'service':'user-svc'}}],'delete':[{'kind':'route','id':'users'}]}",
            "explainRoute", "{'path':'/users'}");
    /// These answer without end, or have nothing to explain here.
    private static final Set<String> UNANSWERED = Set.of("watch");

    @TempDir
    static Path data;
    private static RunningAppliance appliance;
    private static String text;
    private static JsonNode document;

    @BeforeAll
    static void start() throws Exception {
        appliance = new RunningAppliance(data);
        text = appliance.admin("GET", "/v1/openapi.json", "").body();
        document = RunningAppliance.JSON.readTree(text);
    }

    @AfterAll
    static void stop() {
        appliance.close();
    }

    @Test
    void isAnOpenApi31Document() throws Exception {
        assertEquals("3.1.1", document.path("openapi").asText());
        assertEquals(List.of(), OpenApiDocument.violations(text));
        assertFalse(OpenApiDocument.violations(text.replaceFirst("\"title\"", "\"tilte\"")).isEmpty(), "the rules are applied");
        for (Map.Entry<String, JsonNode> schema : document.at("/components/schemas").properties()) {
            assertEquals(List.of(), OpenApiDocument.schemaViolations(schema.getValue().toString()), schema.getKey());
        }
    }

    @Test
    void everyReferenceResolvesAndEveryComponentIsUsed() {
        Set<String> referred = new TreeSet<>();
        REFERENCE.matcher(text).results().forEach(found -> referred.add(found.group(1)));
        Set<String> there = new TreeSet<>();
        for (String section : List.of("schemas", "parameters", "responses")) {
            document.at("/components/" + section).fieldNames()
                    .forEachRemaining(name -> there.add("/components/" + section + "/" + name));
        }
        assertEquals(there, referred);
    }

    @Test
    void operationsHaveUniqueNamesAndASummary() {
        Set<String> ids = new HashSet<>();
        for (Operation operation : operations()) {
            assertTrue(ids.add(operation.id()), operation + " is there twice");
            assertFalse(operation.json().path("summary").asText().isBlank(), operation.toString());
            assertEquals(operation.path().split("\\{").length - 1,
                    operation.parameters().stream().filter(p -> p.path("in").asText().equals("path")).count(),
                    operation.toString());
        }
        assertTrue(ids.containsAll(List.of("listRoutes", "putLimit", "applyChanges", "diff", "getOpenApi", "jaegerSearch",
                "scrapeMetrics", "heartbeat")), ids.toString());
    }

    /// Objects are written first, so that reads find them, and deleted last.
    @Test
    void everyDescribedCallAnswersAsDescribed() throws Exception {
        OpenApiDocument schemas = new OpenApiDocument(text);
        List<Operation> order = new ArrayList<>(operations());
        List<String> methods = List.of("put", "get", "post", "delete");
        List<String> first = List.of("putLimit", "registerInstance", "putRoute");
        order.sort((a, b) -> a.id().equals(b.id())
                ? 0
                : Integer.compare(rank(a, first, methods), rank(b, first, methods)));
        for (Operation operation : order) {
            if (operation.id().equals("applyChanges")) { // it must be there for the deletion
                appliance.admin("PUT", "/v1/routes/users", quoted(BODIES.get("putRoute")));
            }
            HttpResponse<String> response = appliance.admin(operation.method().toUpperCase(Locale.ROOT),
                    operation.target(), quoted(BODIES.getOrDefault(operation.id(), "")));
            check(operation, response, schemas);
        }
    }

    private static int rank(Operation operation, List<String> first, List<String> methods) {
        int at = first.indexOf(operation.id());
        return at >= 0 ? at : first.size() + methods.indexOf(operation.method());
    }

    private static void check(Operation operation, HttpResponse<String> response, OpenApiDocument schemas) {
        String what = operation + " answers " + response.statusCode() + " " + response.body();
        String pointer = "/responses/" + response.statusCode();
        JsonNode described = operation.json().at(pointer);
        assertFalse(described.isMissingNode(), what + ", which is not described");
        assertFalse(response.body().contains("urn:shanhai:problem:no-such-path"), what);
        String mediaType = response.headers().firstValue("content-type").orElse("").replaceFirst(";.*", "");
        JsonNode answer = resolved(described);
        if (response.body().isEmpty()) {
            assertFalse(answer.has("content"), what + ", and a body is described");
            return;
        }
        JsonNode schema = answer.path("content").path(mediaType).path("schema");
        assertFalse(schema.isMissingNode(), what + " as " + mediaType + ", which is not described");
        if (mediaType.endsWith("json")) {
            assertEquals(List.of(), schemas.violations(schema.path("$ref").asText().substring(1), response.body()), what);
        }
        boolean expected = response.statusCode() < 300 || operation.id().equals("explainTrace")
                || operation.id().equals("jaegerTrace") || operation.id().equals("deleteRoute");
        assertTrue(expected, what);
    }

    @Test
    void whatIsNotDescribedIsNotThere() throws Exception {
        assertEquals(404, appliance.admin("GET", "/v1/nothing", "").statusCode());
        for (Operation operation : operations()) {
            HttpResponse<String> response = appliance.admin("OPTIONS", operation.target(), "");
            Set<String> allowed = new TreeSet<>(List.of(response.headers().firstValue("Allow").orElse("").split(", ")));
            allowed.remove("HEAD"); // of every GET
            Set<String> described = new TreeSet<>();
            for (Operation other : operations()) { // a segment in braces may match what another path spells out
                if (operation.target().replaceFirst("\\?.*", "").matches(other.path().replaceAll("\\{\\w+}", "[^/]+"))) {
                    described.add(other.method().toUpperCase(Locale.ROOT));
                }
            }
            assertEquals(described, allowed, operation.path());
        }
    }

    private record Operation(String path, String method, JsonNode json) {

        String id() {
            return json.path("operationId").asText();
        }

        List<JsonNode> parameters() {
            List<JsonNode> parameters = new ArrayList<>();
            json.path("parameters").forEach(parameter -> parameters.add(resolved(parameter)));
            return parameters;
        }

        /// Path and query with the examples of the document.
        String target() {
            String target = path;
            List<String> query = new ArrayList<>();
            for (JsonNode parameter : parameters()) {
                String name = parameter.path("name").asText();
                String example = parameter.path("example").asText();
                if (parameter.path("in").asText().equals("path")) {
                    target = target.replace("{" + name + "}", example);
                } else if (!UNANSWERED.contains(name) && !(id().equals("diff") && name.equals("after"))
                        && !(id().equals("applyChanges") && name.equals("dryRun"))
                        && !(name.equals("at") && !json.path("operationId").asText().startsWith("list"))) {
                    query.add(name + "=" + URLEncoder.encode(example, StandardCharsets.UTF_8));
                }
            }
            return query.isEmpty() ? target : target + "?" + String.join("&", query);
        }

        @Override
        public String toString() {
            return method + " " + target();
        }
    }

    private static List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        document.path("paths").properties().forEach(path -> path.getValue().properties().forEach(
                method -> operations.add(new Operation(path.getKey(), method.getKey(), method.getValue()))));
        assertTrue(operations.size() > 25, operations.toString());
        return operations;
    }

    private static JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    private static String quoted(String text) {
        return text.replace('\'', '"');
    }
}
