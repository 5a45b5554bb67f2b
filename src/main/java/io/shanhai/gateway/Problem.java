package io.shanhai.gateway;

import io.shanhai.gateway.Verdict.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Builds the gateway's own refusals: RFC 9457 `application/problem+json` with `x-shanhai-reason` and `traceparent`.
public final class Problem {

    private Problem() {}

    /// Refuses the exchange: sets its reason and builds the answer.
    ///
    /// @param reason `stage:rule`, stable, listed in docs/reasons.md
    /// @param title what a status of this kind means
    /// @param detail this case, for people; must not contain secrets
    /// @param headers further headers, name, value, …
    public static Answer refuse(Exchange exchange, int status, String reason, String title, String detail,
            String... headers) {
        return refuseAs(exchange, "about:blank", status, reason, title, detail, "", headers);
    }

    /// As above with a problem type and extra JSON members.
    ///
    /// @param type URI of the problem type
    /// @param members `,"name":value…` already valid JSON, or `""`
    public static Answer refuseAs(Exchange exchange, String type, int status, String reason, String title, String detail,
            String members, String... headers) {
        exchange.reason = reason;
        StringBuilder json = new StringBuilder(256);
        json.append("{\"type\":");
        quote(json, type);
        json.append(",\"title\":");
        quote(json, title);
        json.append(",\"status\":").append(status).append(",\"detail\":");
        quote(json, detail);
        json.append(",\"instance\":");
        quote(json, exchange.path);
        json.append(",\"reason\":");
        quote(json, reason);
        json.append(members).append('}');
        List<String> all = new ArrayList<>(headers.length + 6);
        all.add("content-type");
        all.add("application/problem+json");
        all.add("x-shanhai-reason");
        all.add(reason);
        if (exchange.trace != null) {
            all.add("traceparent");
            all.add(exchange.trace.traceparent());
        }
        if (exchange.explain) {
            all.addAll(explainHeaders(exchange));
        }
        all.addAll(List.of(headers));
        return new Answer(status, all, json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /// What a client that asked for `x-shanhai-explain` gets back, name, value, …
    public static List<String> explainHeaders(Exchange exchange) {
        return List.of("x-shanhai-rev", Long.toString(exchange.plan.revision()), "x-shanhai-trace",
                exchange.trace.traceId());
    }

    /// Appends a JSON string literal.
    public static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c < 0x20 || Character.isSurrogate(c) && !isPaired(text, i)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean isPaired(String text, int i) {
        char c = text.charAt(i);
        return Character.isHighSurrogate(c)
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }
}
