package io.shanhai.admin.objects;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.admin.ApiPart;
import io.shanhai.admin.Endpoints;
import io.shanhai.admin.Json;
import io.shanhai.admin.PastReads;
import io.shanhai.admin.ProblemException;
import io.shanhai.admin.Problems;
import io.shanhai.gateway.plan.ChangeSet;
import io.shanhai.gateway.plan.ChangeSet.Change;
import io.shanhai.gateway.plan.ChangeSet.Conflict;
import io.shanhai.gateway.plan.ChangeSet.Outcome;
import io.shanhai.gateway.plan.ChangeSets;
import io.shanhai.gateway.plan.History;
import io.shanhai.gateway.plan.History.Step;
import io.shanhai.gateway.plan.Violation;
import io.shanhai.membership.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// `/v1/changes`: several objects in one transaction; what a revision changed, and which nodes serve it.
public final class ChangesService implements ApiPart {

    private static final int RECENT = 20;

    private final ChangeSets changeSets;
    private final History history;
    private final Membership membership;
    private final PastReads past;

    public ChangesService(ChangeSets changeSets, History history, Membership membership, PastReads past) {
        this.changeSets = changeSets;
        this.history = history;
        this.membership = membership;
        this.past = past;
    }

    @Override
    public void declare(Endpoints endpoints) {
        endpoints.post("/v1/changes", "applyChanges", "Write and delete several objects in one transaction, or none.",
                this::apply).query("dryRun").takes("ChangeSet")
                .answers(200, "ChangeSetResult", "All of it is stored; with dryRun=true it would be.")
                .refuses(409, 410, 503, 507);
        endpoints.get("/v1/changes", "listChanges", "What the latest revisions changed, newest first.", this::recent)
                .query("changes-limit").answers(200, "RevisionList", "As far back as history goes.").refuses(400, 410, 503);
        endpoints.get("/v1/changes/{revision}", "getChange", "What a revision changed, and which nodes serve it.", this::one)
                .answers(200, "Revision", "The revision; without changes when they are compacted.").refuses(400, 404, 503);
    }

    private void apply(ServerRequest request, ServerResponse response) {
        boolean isDryRun = PastReads.flag(request, "dryRun");
        ChangeSetBody body = ChangeSetBody.read(Json.readExactObject(request), history.newest());
        ChangeSet set = body.set();
        if (!body.violations().isEmpty()) {
            throw invalid(withJudged(body.violations(), set));
        }
        Outcome outcome = past.reading(() -> isDryRun ? changeSets.dryRun(set) : changeSets.apply(set));
        switch (outcome) {
            case Outcome.Accepted(long revision, boolean live, List<Change> changes) -> {
                ObjectNode json = Json.object().put("revision", revision).put("live", live);
                if (isDryRun) {
                    json.put("dryRun", true);
                }
                put(changes, json.putArray("changes"));
                Json.send(request, response, json);
            }
            case Outcome.Invalid(List<Violation> violations) -> throw invalid(violations);
            case Outcome.Conflicting(List<Conflict> conflicts) -> throw conflicting(conflicts, set);
            case Outcome.Contended(int tries) -> throw Problems.unavailable("others changed the same objects " + tries
                    + " times while this set was being judged; nothing was stored (try again)");
        }
    }

    /// The shape is wrong in one place; what else is wrong is told at once.
    private List<Violation> withJudged(List<Violation> shape, ChangeSet set) {
        List<Violation> all = new ArrayList<>(shape);
        if (changeSets.dryRun(new ChangeSet(set.entries(), OptionalLong.empty())) instanceof Outcome.Invalid(var violations)) {
            all.addAll(violations);
        }
        return all;
    }

    private static ProblemException invalid(List<Violation> violations) {
        return Problems.invalid("the change set is invalid, nothing was stored", violations);
    }

    private static ProblemException conflicting(List<Conflict> conflicts, ChangeSet set) {
        ArrayNode json = Json.mapper().createArrayNode();
        conflicts.forEach(conflict -> json.addObject().put("path", conflict.pointer()).put("kind", conflict.kind().word())
                .put("id", conflict.id()).put("revision", conflict.revision()));
        String which = conflicts.stream().map(conflict -> conflict.kind().word() + " \"" + conflict.id() + "\" by revision "
                + conflict.revision()).collect(Collectors.joining(", "));
        return Problems.conflicts("changed after revision " + set.ifRevision().orElseThrow() + ": " + which
                + "; nothing was stored (read them again, then send the set with a newer ifRevision)", json);
    }

    private void recent(ServerRequest request, ServerResponse response) {
        int limit = PastReads.limit(request, RECENT, History.MAX_STEPS);
        long last = history.newest();
        long first = Math.max(history.oldestStep(), last - limit + 1);
        List<Step> steps = first > last ? List.of() : past.reading(() -> history.steps(first, last));
        ObjectNode json = Json.object();
        ArrayNode revisions = json.putArray("revisions");
        steps.reversed().forEach(step -> {
            ObjectNode revision = revisions.addObject().put("revision", step.revision());
            nodes(step.revision(), revision);
            put(step, revision);
        });
        json.put("oldest", history.oldestStep());
        Json.send(request, response, json);
    }

    private void one(ServerRequest request, ServerResponse response) {
        long revision = PastReads.revision(request.path().pathParameters().get("revision"), "");
        if (revision > history.newest()) {
            throw Problems.notFound("revision " + revision + " is not there yet (the newest is " + history.newest() + ")");
        }
        ObjectNode json = Json.object().put("revision", revision);
        nodes(revision, json);
        try {
            put(told(revision), json);
        } catch (ProblemException e) { // whether nodes serve it is still a good answer
            json.put("reason", e.answer().detail());
        }
        Json.send(request, response, json);
    }

    private Step told(long revision) {
        if (revision < history.oldestStep()) {
            throw Problems.gone("what revision " + revision + " changed is compacted; the oldest that can be told is "
                    + history.oldestStep(), history.oldestStep());
        }
        return past.reading(() -> history.steps(revision, revision)).getFirst();
    }

    private void nodes(long revision, ObjectNode json) {
        boolean everywhere = true;
        ArrayNode nodes = Json.mapper().createArrayNode();
        for (Membership.Node node : membership.nodes()) {
            boolean serves = node.servedRevision() >= revision;
            everywhere &= serves;
            nodes.addObject().put("id", node.id()).put("served", node.servedRevision()).put("live", serves);
        }
        json.put("live", everywhere).set("nodes", nodes);
    }

    private static void put(Step step, ObjectNode json) {
        put(step.changes(), json.putArray("changes"));
        if (step.otherKeys() > 0) {
            json.put("otherKeys", step.otherKeys());
        }
    }

    private static void put(List<Change> changes, ArrayNode json) {
        changes.forEach(change -> json.addObject().put("kind", change.kind().word()).put("id", change.id()).put("action",
                change.action().word()));
    }
}
