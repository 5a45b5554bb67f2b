package io.shanhai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shanhai.settings.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A whole appliance in this process, on free ports.
final class RunningAppliance implements AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();

    private final Appliance appliance;
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    RunningAppliance(Path data) {
        List<String> sets = List.of("gateway.address=127.0.0.1", "gateway.port=0", "gateway.nio-port=0", "admin.port=0");
        appliance = Appliance.start(Settings.load(Appliance.SECTIONS, null, Map.of(), sets, 0), data);
    }

    /// `admin`, `nio` or `helidon`.
    String url(String door) {
        return appliance.greeting().get(door);
    }

    HttpResponse<String> call(String method, String url, String body) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(url))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    HttpResponse<String> admin(String method, String path, String body) throws IOException, InterruptedException {
        return call(method, url("admin") + path, body);
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return JSON.readTree(admin("GET", path, "").body());
    }

    @Override
    public void close() {
        http.shutdownNow();
        appliance.close();
    }
}
