package io.shanhai.admin.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shanhai.admin.Json;
import io.shanhai.collector.Trace;
import io.shanhai.trace.Span;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// One trace as Jaeger's JSON has it: times in microseconds, services as numbered processes, tags with types.
final class JaegerTrace {

    /// Attributes that are numbers; a span keeps all of them as text.
    private static final Set<String> NUMBERS = Set.of("http.response.status_code", "shanhai.revision", "shanhai.attempts");

    private JaegerTrace() {}

    static ObjectNode json(Trace trace) {
        ObjectNode json = Json.object();
        String traceId = trace.id().toString();
        json.put("traceID", traceId);
        Map<String, String> processes = new LinkedHashMap<>();
        Set<Long> missing = trace.missingParents();
        ArrayNode spans = json.putArray("spans");
        for (Span span : trace.spans()) {
            String process = processes.computeIfAbsent(span.service(), _ -> "p" + (processes.size() + 1));
            ObjectNode node = span(spans.addObject(), span, traceId).put("processID", process);
            warnings(node, span, missing);
        }
        ObjectNode known = json.putObject("processes");
        processes.forEach((service, process) -> known.putObject(process).put("serviceName", service).putArray("tags"));
        json.putNull("warnings");
        return json;
    }

    private static ObjectNode span(ObjectNode json, Span span, String traceId) {
        HexFormat hex = HexFormat.of();
        json.put("traceID", traceId);
        json.put("spanID", hex.toHexDigits(span.context().spanId()));
        json.put("flags", span.context().flags());
        json.put("operationName", span.name());
        ArrayNode references = json.putArray("references");
        if (span.context().parentSpanId() != 0) {
            references.addObject().put("refType", "CHILD_OF").put("traceID", traceId)
                    .put("spanID", hex.toHexDigits(span.context().parentSpanId()));
        }
        json.put("startTime", span.startEpochNanos() / 1_000);
        json.put("duration", span.durationNanos() / 1_000);
        tags(json.putArray("tags"), span);
        json.putArray("logs");
        return json;
    }

    private static void tags(ArrayNode tags, Span span) {
        List<String> attributes = span.attributes();
        for (int i = 0; i < attributes.size(); i += 2) {
            String name = attributes.get(i);
            String value = attributes.get(i + 1);
            ObjectNode tag = tags.addObject().put("key", name);
            if (NUMBERS.contains(name) && value.matches("-?[0-9]{1,18}")) {
                tag.put("type", "int64").put("value", Long.parseLong(value));
            } else {
                tag.put("type", "string").put("value", value);
            }
        }
        text(tags, "span.kind", span.kind().name().toLowerCase(Locale.ROOT));
        if (!span.context().tracestate().isEmpty()) {
            text(tags, "w3c.tracestate", span.context().tracestate());
        }
        if (span.failed()) {
            tags.addObject().put("key", "error").put("type", "bool").put("value", true);
        }
    }

    private static void text(ArrayNode tags, String name, String value) {
        tags.addObject().put("key", name).put("type", "string").put("value", value);
    }

    /// The reader of an incomplete trace is told so, in the words Jaeger itself uses.
    private static void warnings(ObjectNode json, Span span, Set<Long> missing) {
        if (missing.contains(span.context().parentSpanId())) {
            json.putArray("warnings").add("invalid parent span IDs=" + HexFormat.of().toHexDigits(span.context().parentSpanId())
                    + "; the parent was not received here");
        } else {
            json.putNull("warnings");
        }
    }
}
