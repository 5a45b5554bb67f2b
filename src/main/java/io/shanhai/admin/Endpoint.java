package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.Method;
import io.helidon.webserver.http.Handler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// One call of the API: what answers it, and what `GET /v1/openapi.json` says of it. Names of schemas, parameters and
/// responses are those in the components of `openapi-components.json`. Filled by one thread before the door opens.
public final class Endpoint {

    private static final String JSON = "application/json";
    private static final Answer PROBLEM = new Answer("", Collections.emptySortedMap()); // described by its status alone
    private static final Pattern PATH_PARAMETER = Pattern.compile("\\{(\\w+)}");

    private final Method method;
    private final String path;
    private final String id;
    private final String summary;
    private final Handler handler;
    private final List<String> queries = new ArrayList<>();
    private final SortedMap<Integer, Answer> answers = new TreeMap<>();
    private String bodySchema = ""; // none
    private boolean isBodyRequired;

    /// @param contents by media type; empty for an answer without a body
    private record Answer(String description, SortedMap<String, String> contents) {}

    Endpoint(Method method, String path, String id, String summary, Handler handler) {
        this.method = method;
        this.path = path;
        this.id = id;
        this.summary = summary;
        this.handler = handler;
    }

    /// Query parameters it understands.
    public Endpoint query(String... names) {
        queries.addAll(List.of(names));
        return this;
    }

    /// It needs a JSON body.
    public Endpoint takes(String schema) {
        isBodyRequired = true;
        return mayTake(schema);
    }

    /// It may have a JSON body.
    public Endpoint mayTake(String schema) {
        bodySchema = schema;
        return refuses(400, 413);
    }

    /// It answers JSON.
    public Endpoint answers(int status, String schema, String description) {
        return answers(status, JSON, schema, description);
    }

    /// It answers this media type; a second call for a status adds another type.
    public Endpoint answers(int status, String mediaType, String schema, String description) {
        answers.computeIfAbsent(status, _ -> new Answer(description, new TreeMap<>())).contents().put(mediaType, schema);
        return this;
    }

    /// It answers without a body.
    public Endpoint answersEmpty(int status, String description) {
        answers.put(status, new Answer(description, new TreeMap<>()));
        return this;
    }

    /// It may answer with a problem of these statuses, besides 401 and 403 that [AccessRules] may answer to anything.
    public Endpoint refuses(int... statuses) {
        for (int status : statuses) {
            answers.put(status, PROBLEM);
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

    /// The member of OpenAPI's path item.
    String member() {
        return method.text().toLowerCase(Locale.ROOT);
    }

    /// The operation object of OpenAPI 3.1, section 4.8.10.
    ObjectNode description() {
        ObjectNode operation = Json.object().put("operationId", id).put("summary", summary);
        ArrayNode parameters = Json.mapper().createArrayNode();
        PATH_PARAMETER.matcher(path).results()
                .forEach(found -> parameters.add(reference("parameters", "path-" + found.group(1))));
        queries.forEach(name -> parameters.add(reference("parameters", name)));
        if (!parameters.isEmpty()) {
            operation.set("parameters", parameters);
        }
        if (!bodySchema.isEmpty()) {
            ObjectNode body = operation.putObject("requestBody").put("required", isBodyRequired);
            body.putObject("content").putObject(JSON).set("schema", reference("schemas", bodySchema));
        }
        operation.set("responses", responses());
        return operation;
    }

    private ObjectNode responses() {
        SortedMap<Integer, Answer> all = new TreeMap<>(answers);
        all.putIfAbsent(401, PROBLEM);
        all.putIfAbsent(403, PROBLEM);
        ObjectNode responses = Json.object();
        all.forEach((status, answer) -> {
            String name = Integer.toString(status);
            if (answer == PROBLEM) {
                responses.set(name, reference("responses", name));
                return;
            }
            ObjectNode response = responses.putObject(name).put("description", answer.description());
            answer.contents().forEach((mediaType, schema) -> response.withObject("/content").putObject(mediaType).set("schema",
                    reference("schemas", schema)));
        });
        return responses;
    }

    private static ObjectNode reference(String section, String name) {
        return Json.object().put("$ref", "#/components/" + section + "/" + name);
    }
}
