package io.shanhai.admin.objects;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.shanhai.gateway.plan.Differences;
import io.shanhai.gateway.plan.Differences.Difference;
import io.shanhai.gateway.plan.Differences.Page;
import io.shanhai.gateway.plan.Differences.Position;
import io.shanhai.gateway.plan.History;
import io.shanhai.gateway.plan.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// `GET /v1/diff`: what differs between two revisions.
public final class DiffService implements ApiPart {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final Differences differences;
    private final History history;
    private final PastReads past;

    public DiffService(Differences differences, History history, PastReads past) {
        this.differences = differences;
        this.history = history;
        this.past = past;
    }

    @Override
    public void declare(Endpoints endpoints) {
        endpoints.get("/v1/diff", "diff", "Objects that differ between two revisions.", this::diff)
                .query("from", "to", "kind", "after", "diff-limit")
                .answers(200, "Diff", "What was created, updated and deleted, by kind and id.").refuses(400, 410);
    }

    private void diff(ServerRequest request, ServerResponse response) {
        long from = past.named(request, "from").orElseThrow(
                () -> Problems.invalid("?from", "is missing (expected: ?from=REVISION, and to=REVISION if not the newest)"));
        long to = past.named(request, "to").orElseGet(history::newest);
        if (from > to) {
            throw Problems.invalid("?from", from + " is newer than to, " + to + " (expected: from <= to)");
        }
        List<Kind> kinds = request.query().first("kind").map(word -> List.of(kind(word, "?kind")))
                .orElse(Arrays.asList(Kind.values()));
        Optional<Position> after = request.query().first("after").map(text -> position(text, kinds));
        int limit = PastReads.limit(request, DEFAULT_LIMIT, MAX_LIMIT);
        Page page = past.reading(() -> differences.between(from, to, kinds, after, limit));
        ObjectNode json = Json.object().put("from", from).put("to", to);
        ArrayNode changes = json.putArray("changes");
        page.differences().forEach(difference -> changes.add(json(difference)));
        json.put("more", page.more());
        if (page.more()) {
            Difference last = page.differences().getLast();
            json.put("next", last.kind().word() + "/" + last.id());
        }
        Json.send(request, response, json);
    }

    private static Kind kind(String word, String path) {
        return Kind.of(word).orElseThrow(() -> wrong(path, word, "route, limit or instance"));
    }

    private static Position position(String text, List<Kind> kinds) {
        int slash = text.indexOf('/');
        Optional<Kind> kind = Kind.of(text.substring(0, Math.max(0, slash))).filter(kinds::contains);
        return new Position(kind.orElseThrow(() -> wrong("?after", text, "next of the answer before, as route/users")),
                text.substring(slash + 1));
    }

    private static ProblemException wrong(String path, String given, String expected) {
        return Problems.invalid(path, "\"" + given + "\" (expected: " + expected + ")");
    }

    private static ObjectNode json(Difference difference) {
        ObjectNode json = Json.object().put("kind", difference.kind().word()).put("id", difference.id()).put("action",
                difference.action().word());
        if (difference.revision() > 0) {
            json.put("revision", difference.revision());
        }
        Optional<JsonNode> before = difference.before().map(StoredJson::of);
        Optional<JsonNode> after = difference.after().map(StoredJson::of);
        before.ifPresent(value -> json.set("before", value));
        after.ifPresent(value -> json.set("after", value));
        if (before.isPresent() && after.isPresent()) {
            json.set("patch", JsonPatch.between(before.get(), after.get()));
        }
        return json;
    }
}
