package io.shanhai.admin.telemetry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.common.media.type.MediaType;
import io.helidon.common.media.type.MediaTypes;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.admin.ApiPart;
import io.shanhai.admin.Endpoints;
import io.shanhai.admin.Json;
import io.shanhai.admin.ProblemException;
import io.shanhai.admin.Problems;
import io.shanhai.collector.Collector;
import io.shanhai.collector.Holding;
import io.shanhai.collector.TraceId;
import io.shanhai.explain.Explain;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// `GET /v1/explain/{traceId}`: why the request of that trace was treated as it was; `Accept: text/plain` gives it for
/// people.
public final class ExplainService implements ApiPart {

    private final Explain explain;
    private final Collector collector;

    /// @param collector says what it could not keep, when there is nothing to explain
    public ExplainService(Explain explain, Collector collector) {
        this.explain = explain;
        this.collector = collector;
    }

    @Override
    public void declare(Endpoints endpoints) {
        endpoints.get("/v1/explain/{traceId}", "explainTrace", "Why a request was treated as it was; as text with Accept:"
                + " text/plain.", this::explain).answers(200, "Story", "What was decided, stage by stage.")
                .answers(200, "text/plain", "Text", "").refuses(400, 404);
    }

    private void explain(ServerRequest request, ServerResponse response) {
        String text = request.path().pathParameters().get("traceId");
        TraceId id = TraceId.parse(text).orElseThrow(() -> Problems.invalid("", "trace id \"" + text
                + "\" (expected: 1 to 32 hex digits, not all 0; the second field of the traceparent header)"));
        response.header(HeaderNames.VARY, "Accept");
        if (prefersText(request)) {
            String page = explain.text(id).orElseThrow(() -> missing(id));
            Json.send(request, response, 200, "text/plain; charset=utf-8", page.getBytes(StandardCharsets.UTF_8));
            return;
        }
        ObjectNode json = explain.json(id).orElseThrow(() -> missing(id));
        Json.send(request, response, json);
    }

    private static boolean prefersText(ServerRequest request) {
        Optional<MediaType> best = request.headers().bestAccepted(MediaTypes.APPLICATION_JSON, MediaTypes.TEXT_PLAIN);
        return best.filter(MediaTypes.TEXT_PLAIN::equals).isPresent();
    }

    private ProblemException missing(TraceId id) {
        Holding holding = collector.holding();
        return Problems.notFound("nothing is kept under trace id " + id + ". Either the request was not sampled (a request that "
                + "was refused, failed or slow, or sent with x-shanhai-explain: 1, is kept all the same; see "
                + "trace.sample-rate), or it made room for newer ones (evicted since start: " + holding.evictedTraces()
                + " traces, kept now: " + holding.traces() + "; see collector.max-spans and collector.max-memory), or its "
                + "records were dropped under load (since start: " + holding.droppedDecisions() + " decisions, "
                + holding.droppedSpans() + " spans), or the node was restarted.");
    }
}
