package io.shanhai.admin;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/// Turns what the HTTP engine refuses by itself, before there is a request to route, into problems.
final class EngineRefusals implements DirectHandler {

    private EngineRefusals() {}

    static DirectHandlers handlers() {
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (EventType type : EventType.values()) {
            builder.addHandler(type, new EngineRefusals());
        }
        return builder.build();
    }

    @Override
    public TransportResponse handle(TransportRequest request, EventType type, Status status, ServerResponseHeaders headers,
            String message) {
        // Helidon 4.5.0 takes a method that is no token for an error of its own. Without a path nothing of ours has run.
        boolean unreadable = status.code() == 500 && request.path().isEmpty();
        Status answered = unreadable ? Status.BAD_REQUEST_400 : status;
        // The engine tells what is wrong only when its text cannot hold request data.
        boolean told = message != null && !unreadable && !message.contains("see server log");
        String detail = told ? message : "this is no well-formed HTTP request";
        TransportResponse.Builder response = TransportResponse.builder().status(answered).headers(headers)
                .keepAlive(type.keepAlive()).header(HeaderNames.CONTENT_TYPE, Problems.MEDIA_TYPE);
        if (!type.keepAlive()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        return response.entity(Problems.body(Problems.of(answered.code(), detail), request.path())).build();
    }
}
