package io.shanhai.explain;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.collector.Trace;
import io.shanhai.decision.Decision;
import io.shanhai.decision.Decision.Alternative;
import io.shanhai.decision.Decision.Stage;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/// Writes an explanation for programs.
final class ExplainJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ExplainJson() {}

    static ObjectNode of(Trace trace) {
        List<Story> stories = Story.of(trace);
        ObjectNode json = NODES.objectNode();
        json.put("traceId", trace.id().toString());
        if (stories.isEmpty()) {
            json.putNull("status").putNull("route").putArray("limits");
            json.putNull("instance").putNull("upstream").putNull("response").putNull("revision");
        } else {
            latest(json, stories.getLast());
        }
        json.put("requests", stories.size());
        json.put("spans", trace.spans().size());
        ArrayNode missing = json.putArray("missingParents");
        trace.missingParents().forEach(span -> missing.add(HexFormat.of().toHexDigits(span)));
        ArrayNode decisions = json.putArray("decisions");
        stories.forEach(story -> story.decisions().forEach(decision -> decisions.add(decision(decision))));
        return json;
    }

    private static void latest(ObjectNode json, Story story) {
        story.first(Stage.RESPONSE).ifPresentOrElse(response -> put(json, "status", response.verdict()),
                () -> json.putNull("status"));
        json.set("route", story.first(Stage.ROUTE).map(ExplainJson::route).orElse(null));
        ArrayNode limits = json.putArray("limits");
        story.all(Stage.LIMIT).forEach(limit -> limits.add(limit(limit)));
        json.set("instance", story.first(Stage.INSTANCE).map(ExplainJson::instance).orElse(null));
        json.set("upstream", story.first(Stage.UPSTREAM).map(upstream -> stage(upstream, "address")).orElse(null));
        json.set("response", story.first(Stage.RESPONSE).map(response -> stage(response, "reason")).orElse(null));
        json.put("revision", story.revision());
    }

    private static ObjectNode route(Decision decision) {
        ObjectNode route = NODES.objectNode();
        route.put("id", decision.rule());
        route.put("verdict", decision.verdict());
        route.put("why", Story.input(decision, "why").orElse(""));
        alternatives(route.putArray("alternatives"), "id", decision.alternatives());
        return route;
    }

    private static ObjectNode limit(Decision decision) {
        return stage(decision, "id");
    }

    private static ObjectNode instance(Decision decision) {
        ObjectNode instance = stage(decision, "address");
        if (decision.verdict().equals("none")) {
            instance.putNull("address");
        }
        alternatives(instance.putArray("excluded"), "address", decision.alternatives());
        return instance;
    }

    /// What decided, its verdict, and every input under its own name.
    private static ObjectNode stage(Decision decision, String ruleName) {
        ObjectNode stage = NODES.objectNode();
        stage.put(ruleName, decision.rule());
        stage.put("verdict", decision.verdict());
        for (int i = 0; i < decision.inputs().size(); i += 2) {
            String name = decision.inputs().get(i);
            if (!stage.has(name)) {
                put(stage, name, decision.inputs().get(i + 1));
            }
        }
        return stage;
    }

    private static ObjectNode decision(Decision decision) {
        ObjectNode json = NODES.objectNode();
        json.put("stage", decision.stage().name().toLowerCase(Locale.ROOT));
        json.put("rule", decision.rule());
        json.put("revision", decision.revision());
        ObjectNode inputs = json.putObject("inputs");
        for (int i = 0; i < decision.inputs().size(); i += 2) {
            inputs.put(decision.inputs().get(i), decision.inputs().get(i + 1)); // as recorded: text
        }
        json.put("verdict", decision.verdict());
        alternatives(json.putArray("alternatives"), "rule", decision.alternatives());
        json.put("time", Instant.ofEpochSecond(0, decision.epochNanos()).toString());
        return json;
    }

    private static void alternatives(ArrayNode array, String ruleName, List<Alternative> alternatives) {
        alternatives.forEach(a -> array.addObject().put(ruleName, a.rule()).put("why", a.why()));
    }

    /// Numbers were written as text into the decision; here they are numbers again.
    private static void put(ObjectNode json, String name, String value) {
        if (value.matches("-?[0-9]{1,18}")) {
            json.put(name, Long.parseLong(value));
        } else if (value.matches("-?[0-9]{1,15}\\.[0-9]{1,9}")) {
            json.put(name, Double.parseDouble(value));
        } else {
            json.put(name, value);
        }
    }
}
