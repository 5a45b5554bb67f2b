package io.shanhai.admin.objects;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.admin.ApiPart;
import io.shanhai.admin.Endpoints;
import io.shanhai.admin.Json;
import io.shanhai.admin.PastReads;
import io.shanhai.admin.ProblemException;
import io.shanhai.admin.Problems;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.RouteMatcher.Explanation;
import io.shanhai.gateway.plan.Catalogue;
import io.shanhai.gateway.plan.Catalogue.Listing;
import io.shanhai.gateway.plan.Catalogue.StoredObject;
import io.shanhai.gateway.plan.Catalogue.Written;
import io.shanhai.gateway.plan.InvalidSpecException;
import io.shanhai.gateway.plan.Kind;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// `/v1/routes` and `/v1/limits`: the objects the Plan is compiled from; `/v1/explain/route`: what the Plan would do.
public final class ObjectsService implements ApiPart {

    private final Catalogue catalogue;
    private final LivePlan live;
    private final Supplier<? extends Map<String, String>> problems;
    private final PastReads past;

    /// @param problems why the last version of an object is not served, by `kind/id`
    public ObjectsService(Catalogue catalogue, LivePlan live, Supplier<? extends Map<String, String>> problems,
            PastReads past) {
        this.catalogue = catalogue;
        this.live = live;
        this.problems = problems;
        this.past = past;
    }

    @Override
    public void declare(Endpoints endpoints) {
        for (Kind kind : Kind.SPECS) {
            String word = kind.word();
            String all = "/v1/" + word + "s";
            String one = all + "/{id}";
            String type = Character.toUpperCase(word.charAt(0)) + word.substring(1);
            endpoints.get(all, "list" + type + "s", "All " + word + "s, by id.", list(kind)).query("at")
                    .answers(200, type + "List", "The " + word + "s.").refuses(400, 410);
            endpoints.get(one, "get" + type, "One " + word + ".", get(kind)).query("at")
                    .answers(200, "Stored" + type, "The " + word + "; it may be put again as it is.").refuses(400, 404, 410);
            endpoints.put(one, "put" + type, "Write a " + word + ".", put(kind)).takes(type + "Spec")
                    .answers(200, "Written", "It is stored.").refuses(503, 507);
            endpoints.delete(one, "delete" + type, "Delete a " + word + ".", delete(kind))
                    .answersEmpty(204, "It is deleted.").refuses(404, 409, 503, 507);
        }
        endpoints.post("/v1/explain/route", "explainRoute", "Which route a request would take, and why each other lost.",
                this::explain).takes("RouteQuestion").answers(200, "RouteAnswer", "The route, null when none matches.");
    }

    private Handler list(Kind kind) {
        return (request, response) -> {
            OptionalLong at = past.at(request);
            Listing listing = past.reading(() -> catalogue.list(kind, at.orElse(Catalogue.NOW)));
            Map<String, String> wrong = at.isEmpty() ? problems.get() : Map.of();
            ObjectNode json = Json.object();
            ArrayNode objects = json.putArray(kind.word() + "s");
            listing.objects().forEach(object -> objects.add(json(kind, object, wrong)));
            at.ifPresent(revision -> json.put("at", revision));
            // In a header: the body stays the same while other things in the store change.
            response.header(Json.REVISION_HEADER, Long.toString(listing.revision()));
            Json.send(request, response, json);
        };
    }

    private Handler get(Kind kind) {
        return (request, response) -> {
            String id = id(request);
            OptionalLong at = past.at(request);
            StoredObject object = past.reading(() -> catalogue.get(kind, id, at.orElse(Catalogue.NOW)))
                    .orElseThrow(() -> noSuchObject(kind, id, at));
            ObjectNode json = json(kind, object, at.isEmpty() ? problems.get() : Map.of());
            at.ifPresent(revision -> json.put("at", revision));
            Json.send(request, response, json);
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
            Written written = checked(kind, () -> catalogue.delete(kind, id))
                    .orElseThrow(() -> noSuchObject(kind, id, OptionalLong.empty()));
            Json.sendNoContent(response, written.revision(), written.live());
        };
    }

    private static <T> T checked(Kind kind, Supplier<T> call) {
        try {
            return call.get();
        } catch (InvalidSpecException e) {
            throw Problems.invalid("the " + kind.word() + " is invalid, nothing was stored", e.violations());
        } catch (Catalogue.InUseException e) {
            throw Problems.conflict(e.getMessage());
        }
    }

    private static ProblemException noSuchObject(Kind kind, String id, OptionalLong at) {
        String when = at.isEmpty() ? "" : " at revision " + at.getAsLong();
        return Problems.notFound("there is no " + kind.word() + " \"" + id + "\"" + when + " (see GET /v1/" + kind.word() + "s"
                + (at.isEmpty() ? "" : "?at=" + at.getAsLong()) + ")");
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
        // Other clients write to the store too: what they wrote may be no JSON, and is then told by `problem`.
        if (StoredJson.of(object.json()) instanceof ObjectNode spec) {
            json.setAll(spec);
        }
        return json;
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
