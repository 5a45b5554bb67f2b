package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// One call of the API: what answers it, and what `GET /v1/openapi.json` says of it. Names of schemas, parameters and
/// responses are those in the components of `openapi-components.json`. Filled by one thread before the door opens.
public final class Endpoint {

    private static final Pattern PATH_PARAMETER = Pattern.compile("\\{(\\w+)}");
    private static final int[] ALWAYS = {401, 403}; // what AccessRules may answer to anything

    private final Method method;
    private final String path;
    private final String id;
    private final String summary;
    private final Handler handler;
    private final List<String> queries = new ArrayList<>();
    private final SortedMap<Integer, ObjectNode> answers = new TreeMap<>();
    private ObjectNode body;

    Endpoint(Method method, String path, String id, String summary, Handler handler) {
        this.method = method;
        this.path = path;
        this.id = id;
        this.summary = summary;
        this.handler = handler;
        refuses(ALWAYS);
    }

    /// Query parameters it understands.
    public Endpoint query(String... names) {
        queries.addAll(List.of(names));
        return this;
    }

    /// It needs a JSON body.
    public Endpoint takes(String schema) {
        body = content("application/json", schema).put("required", true);
        return refuses(400, 413);
    }

    /// It may have a JSON body.
    public Endpoint mayTake(String schema) {
        body = content("application/json", schema);
        return refuses(400, 413);
    }

    /// It answers JSON.
    public Endpoint answers(int status, String schema, String description) {
        return answers(status, "application/json", schema, description);
    }

    /// It answers this media type; a second call for a status adds another type.
    public Endpoint answers(int status, String mediaType, String schema, String description) {
        ObjectNode answer = answers.computeIfAbsent(status, _ -> Json.object().put("description", description));
        answer.withObject("/content").setAll((ObjectNode) content(mediaType, schema).get("content"));
        return this;
    }

    /// It answers without a body.
    public Endpoint answersEmpty(int status, String description) {
        answers.put(status, Json.object().put("description", description));
        return this;
    }

    /// It may answer with a problem of these statuses.
    public Endpoint refuses(int... statuses) {
        for (int status : statuses) {
            answers.put(status, Json.object().put("$ref", "#/components/responses/" + status));
        }
        return this;
    }

    Method method() {
        return method;
    }

    String path() {
        return path;
    }

    Handler handler() {
        return handler;
    }

    /// The operation object of OpenAPI 3.1, section 4.8.10.
    ObjectNode description() {
        ObjectNode operation = Json.object().put("operationId", id).put("summary", summary);
        ArrayNode parameters = Json.mapper().createArrayNode();
        PATH_PARAMETER.matcher(path).results().forEach(found -> parameters.add(parameter("path-" + found.group(1))));
        queries.forEach(name -> parameters.add(parameter(name)));
        if (!parameters.isEmpty()) {
            operation.set("parameters", parameters);
        }
        if (body != null) {
            operation.set("requestBody", body);
        }
        ObjectNode responses = operation.putObject("responses");
        answers.forEach((status, answer) -> responses.set(Integer.toString(status), answer));
        return operation;
    }

    /// The member of OpenAPI's path item.
    String member() {
        return method.text().toLowerCase(Locale.ROOT);
    }

    private static ObjectNode parameter(String name) {
        return Json.object().put("$ref", "#/components/parameters/" + name);
    }

    private static ObjectNode content(String mediaType, String schema) {
        ObjectNode content = Json.object();
        content.putObject("content").putObject(mediaType).putObject("schema").put("$ref", "#/components/schemas/" + schema);
        return content;
    }
}
