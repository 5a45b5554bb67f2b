package io.shanhai.admin.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.admin.ApiPart;
import io.shanhai.admin.Endpoint;
import io.shanhai.admin.Endpoints;
import io.shanhai.admin.Json;
import io.shanhai.admin.telemetry.JaegerParameters.JaegerException;
import io.shanhai.collector.Collector;
import io.shanhai.collector.Trace;
import io.shanhai.collector.TraceId;
import io.shanhai.collector.TraceQuery;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/// The HTTP API of Jaeger's query service, version 1, as its own UI and Grafana's data source speak it. Answers and errors
/// come in Jaeger's envelope `{data, total, limit, offset, errors}`, not as problems: its clients read nothing else.
public final class JaegerQuery implements ApiPart {

    private final Collector collector;
    private final LongSupplier epochNanos;

    /// @param epochNanos wall clock, nanoseconds since 1970: the default end of a search
    public JaegerQuery(Collector collector, LongSupplier epochNanos) {
        this.collector = collector;
        this.epochNanos = epochNanos;
    }

    @Override
    public void declare(Endpoints endpoints) {
        declare(endpoints, "/api/services", "jaegerServices", "Services that have spans.", this::services);
        declare(endpoints, "/api/services/{service}/operations", "jaegerOperationNames", "Names of a service's operations.",
                this::operationNames);
        declare(endpoints, "/api/operations", "jaegerOperations", "A service's operations with their kinds.",
                this::operations).query("jaeger-service", "spanKind");
        declare(endpoints, "/api/traces", "jaegerSearch", "Traces that match, newest first.", this::search).query(
                "jaeger-service", "operation", "start", "end", "lookback", "minDuration", "maxDuration", "jaeger-limit", "tag",
                "tags", "traceID");
        declare(endpoints, "/api/traces/{traceId}", "jaegerTrace", "One trace.", this::trace);
        declare(endpoints, "/api/dependencies", "jaegerDependencies", "Which service called which, how often.",
                this::dependencies).query("endTs", "jaeger-lookback");
    }

    private static Endpoint declare(Endpoints endpoints, String path, String id, String summary, Query query) {
        return endpoints.get(path, id, "Jaeger query: " + summary, answering(query))
                .answers(200, "JaegerEnvelope", "What was found, in data.")
                .answers(400, "JaegerEnvelope", "The question is wrong, in errors.")
                .answers(404, "JaegerEnvelope", "It is not there, in errors.");
    }

    /// What an endpoint puts into `data`.
    private interface Query {
        ArrayNode data(ServerRequest request);
    }

    private static Handler answering(Query query) {
        return (request, response) -> {
            try {
                ArrayNode data = query.data(request);
                ObjectNode envelope = Json.object();
                envelope.set("data", data);
                send(request, response, 200, envelope.put("total", data.size()), Optional.empty());
            } catch (JaegerException e) {
                ObjectNode envelope = Json.object().putNull("data").put("total", 0);
                send(request, response, e.status(), envelope, Optional.of(e));
            }
        };
    }

    private static void send(ServerRequest request, ServerResponse response, int status, ObjectNode envelope,
            Optional<JaegerException> error) {
        envelope.put("limit", 0).put("offset", 0); // Jaeger has the members and never fills them
        if (error.isPresent()) {
            envelope.putArray("errors").addObject().put("code", status).put("msg", error.get().getMessage());
        } else {
            envelope.putNull("errors");
        }
        Json.send(request, response, status, envelope);
    }

    private ArrayNode services(ServerRequest request) {
        ArrayNode data = Json.mapper().createArrayNode();
        collector.services().forEach(data::add);
        return data;
    }

    private ArrayNode operationNames(ServerRequest request) {
        ArrayNode data = Json.mapper().createArrayNode();
        collector.operations(request.path().pathParameters().get("service")).stream().map(operation -> operation.name())
                .distinct().forEach(data::add);
        return data;
    }

    private ArrayNode operations(ServerRequest request) {
        JaegerParameters parameters = new JaegerParameters(request.query(), epochNanos.getAsLong());
        String kind = parameters.text("spanKind");
        ArrayNode data = Json.mapper().createArrayNode();
        collector.operations(parameters.service()).forEach(operation -> {
            String spanKind = operation.kind().name().toLowerCase(Locale.ROOT);
            if (kind.isEmpty() || kind.equals(spanKind)) {
                data.addObject().put("name", operation.name()).put("spanKind", spanKind);
            }
        });
        return data;
    }

    private ArrayNode search(ServerRequest request) {
        JaegerParameters parameters = new JaegerParameters(request.query(), epochNanos.getAsLong());
        ArrayNode data = Json.mapper().createArrayNode();
        List<String> ids = parameters.all("traceID");
        if (ids.isEmpty()) {
            TraceQuery query = parameters.search();
            collector.search(query).forEach(trace -> data.add(JaegerTrace.json(trace)));
        } else {
            for (TraceId id : ids.stream().map(JaegerQuery::traceId).toList()) {
                found(id).ifPresent(trace -> data.add(JaegerTrace.json(trace)));
            }
        }
        return data;
    }

    private ArrayNode trace(ServerRequest request) {
        TraceId id = traceId(request.path().pathParameters().get("traceId"));
        Trace trace = found(id).orElseThrow(() -> new JaegerException(Status.NOT_FOUND_404.code(), "trace not found"));
        return Json.mapper().createArrayNode().add(JaegerTrace.json(trace));
    }

    /// A request that was not sampled leaves decisions without spans: for Jaeger that is no trace.
    private Optional<Trace> found(TraceId id) {
        return collector.find(id).filter(trace -> !trace.spans().isEmpty());
    }

    private static TraceId traceId(String text) {
        return TraceId.parse(text).orElseThrow(() -> JaegerException.badRequest("cannot parse trace id \"" + text
                + "\" (expected: 1 to 32 hex digits, not all 0)"));
    }

    private ArrayNode dependencies(ServerRequest request) {
        JaegerParameters parameters = new JaegerParameters(request.query(), epochNanos.getAsLong());
        long to = parameters.dependenciesEnd();
        ArrayNode data = Json.mapper().createArrayNode();
        collector.dependencies(to - parameters.dependenciesLookback(), to).forEach(link -> data.addObject()
                .put("parent", link.parent()).put("child", link.child()).put("callCount", link.calls()));
        return data;
    }
}
