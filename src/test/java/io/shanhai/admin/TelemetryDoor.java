package io.shanhai.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shanhai.admin.telemetry.ExplainService;
import io.shanhai.admin.telemetry.JaegerQuery;
import io.shanhai.admin.telemetry.MetricsService;
import io.shanhai.collector.Collector;
import io.shanhai.collector.CollectorSettings;
import io.shanhai.decision.DecisionRing;
import io.shanhai.explain.Explain;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.trace.SpanRing;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;

/// The admin door with the three services that show what was traced, on a real socket.
final class TelemetryDoor implements AutoCloseable {

    final SpanRing spans = new SpanRing(64);
    final DecisionRing decisions = new DecisionRing(64);
    final PrometheusMetrics metrics = new PrometheusMetrics();
    private final HttpClient client = HttpClient.newHttpClient();
    private final AdminDoor door;

    /// @param nowEpochNanos what the services take for the present
    TelemetryDoor(Path folder, long nowEpochNanos) throws IOException {
        Collector collector = new Collector(CollectorSettings.forTests(), spans, decisions, metrics);
        AdminSettings settings = AdminSettings.forTests();
        door = new AdminDoor(settings, folder, new EventStreams(settings, metrics),
                List.of(new JaegerQuery(collector, () -> nowEpochNanos), new ExplainService(new Explain(collector), collector),
                        new MetricsService(metrics)));
        door.start();
    }

    HttpResponse<String> get(String target, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + door.port() + target));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> head(String target) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + door.port() + target);
        return client.send(HttpRequest.newBuilder(uri).HEAD().build(), BodyHandlers.ofString());
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return new ObjectMapper().readTree(response.body());
    }

    @Override
    public void close() {
        client.close();
        door.close();
        metrics.close();
    }
}
