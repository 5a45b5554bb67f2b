package io.shanhai.admin.telemetry;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.admin.ApiPart;
import io.shanhai.admin.Endpoints;
import io.shanhai.admin.Json;
import io.shanhai.metrics.Metrics;
import java.util.Optional;

/// `GET /metrics`: text 0.0.4, or OpenMetrics 1.0 when the client asks for it.
public final class MetricsService implements ApiPart {

    private final Metrics metrics;

    public MetricsService(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void declare(Endpoints endpoints) {
        endpoints.get("/metrics", "scrapeMetrics", "All metrics, for Prometheus; Accept chooses the format.", this::scrape)
                .answers(200, "text/plain", "Text", "Text format 0.0.4, or OpenMetrics 1.0.")
                .answers(200, "application/openmetrics-text", "Text", "");
    }

    private void scrape(ServerRequest request, ServerResponse response) {
        // Several Accept lines mean the same as one with commas: RFC 9110 section 5.3.
        Optional<String> accept = request.headers().contains(HeaderNames.ACCEPT)
                ? Optional.of(String.join(",", request.headers().get(HeaderNames.ACCEPT).allValues()))
                : Optional.empty();
        Metrics.Page page = metrics.scrape(accept.orElse(null));
        response.header(HeaderNames.VARY, "Accept");
        Json.send(request, response, 200, page.contentType(), page.body());
    }
}
