package io.shanhai.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.RouteMatcher.Explanation;
import io.shanhai.gateway.plan.Catalogue;
import io.shanhai.gateway.plan.Catalogue.Kind;
import io.shanhai.gateway.plan.Catalogue.Listing;
import io.shanhai.gateway.plan.Catalogue.StoredObject;
import io.shanhai.gateway.plan.Catalogue.Written;
import io.shanhai.gateway.plan.InvalidSpecException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/// `/v1/routes` and `/v1/limits`: the objects the Plan is compiled from; `/v1/explain/route`: what the Plan would do.
public final class ObjectsService implements HttpService {

    private final Catalogue catalogue;
    private final LivePlan live;
    private final Supplier<? extends Map<String, String>> problems;

    /// @param problems why the last version of an object is not served, by `kind/id`
    public ObjectsService(Catalogue catalogue, LivePlan live, Supplier<? extends Map<String, String>> problems) {
        this.catalogue = catalogue;
        this.live = live;
        this.problems = problems;
    }

    @Override
    public void routing(HttpRules rules) {
        for (Kind kind : Kind.values()) {
            String all = "/v1/" + kind.word() + "s";
            rules.get(all, list(kind)).get(all + "/{id}", get(kind)).put(all + "/{id}", put(kind)).delete(all + "/{id}",
                    delete(kind));
        }
        rules.post("/v1/explain/route", this::explain);
    }

    private Handler list(Kind kind) {
        return (request, response) -> {
            Listing listing = catalogue.list(kind);
            Map<String, String> wrong = problems.get();
            ObjectNode json = Json.object();
            ArrayNode objects = json.putArray(kind.word() + "s");
            listing.objects().forEach(object -> objects.add(json(kind, object, wrong)));
            // In a header: the body stays the same while other things in the store change.
            response.header(Json.REVISION_HEADER, Long.toString(listing.revision()));
            Json.send(request, response, json);
        };
    }

    private Handler get(Kind kind) {
        return (request, response) -> {
            String id = id(request);
            StoredObject object = catalogue.get(kind, id).orElseThrow(() -> noSuchObject(kind, id));
            Json.send(request, response, json(kind, object, problems.get()));
        };
    }

    private Handler put(Kind kind) {
        return (request, response) -> {
            String text = Json.readText(request); // as written: 0.10 stays 0.10
            Written written = checked(kind, () -> catalogue.put(kind, id(request), text));
            Json.send(request, response, Json.object().put("id", written.id()).put("revision", written.revision()).put("live",
                    written.live()));
        };
    }

    private Handler delete(Kind kind) {
        return (request, response) -> {
            String id = id(request);
            Written written = checked(kind, () -> catalogue.delete(kind, id)).orElseThrow(() -> noSuchObject(kind, id));
            Json.sendNoContent(response, written.revision(), written.live());
        };
    }

    private static <T> T checked(Kind kind, Supplier<T> call) {
        try {
            return call.get();
        } catch (InvalidSpecException e) {
            throw Problems.invalid("the " + kind.word() + " is invalid, nothing was stored",
                    e.violations().stream().map(v -> new Violation(v.path(), v.message())).toList());
        } catch (Catalogue.InUseException e) {
            throw Problems.conflict(e.getMessage());
        }
    }

    private static ProblemException noSuchObject(Kind kind, String id) {
        return Problems.notFound("there is no " + kind.word() + " \"" + id + "\" (see GET /v1/" + kind.word() + "s)");
    }

    private static String id(ServerRequest request) {
        return request.path().pathParameters().get("id");
    }

    private static ObjectNode json(Kind kind, StoredObject object, Map<String, String> problems) {
        ObjectNode json = Json.object();
        json.put("id", object.id());
        json.put("revision", object.revision());
        String problem = problems.get(kind.word() + "/" + object.id());
        if (problem != null) {
            json.put("problem", problem);
        }
        if (readStored(object) instanceof ObjectNode spec) {
            json.setAll(spec);
        }
        return json;
    }

    /// Other clients write to the store too: what they wrote may be no JSON, and is then told by `problem`.
    private static JsonNode readStored(StoredObject object) {
        try {
            return Json.parse(object.json().getBytes(StandardCharsets.UTF_8));
        } catch (ProblemException _) {
            return Json.object();
        }
    }

    private void explain(ServerRequest request, ServerResponse response) {
        RouteQuestion question = RouteQuestion.read(Json.readObject(request));
        Plan plan = live.current();
        Explanation explanation = plan.routes().explain(question.method(), question.host(), question.path(), question.query(),
                question, true);
        ObjectNode json = Json.object();
        if (explanation.route() == null) {
            json.putNull("route");
        } else {
            json.putObject("route").put("id", explanation.route().id()).put("revision", explanation.route().revision());
        }
        json.put("why", explanation.why());
        ArrayNode alternatives = json.putArray("alternatives");
        explanation.losers().forEach(loser -> alternatives.addObject().put("id", loser.routeId()).put("why", loser.why()));
        if (explanation.unnamed() > 0) {
            json.put("unnamed", explanation.unnamed()); // further routes that lost: a large table is not sent whole
        }
        json.put("revision", plan.revision());
        Json.send(request, response, json);
    }
}
