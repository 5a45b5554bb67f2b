package io.shanhai.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Speaks the admin API of a running appliance.
final class AdminClient {

    static final JsonMapper JSON = new JsonMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(15); // a write may wait 1 s for its plan; a busy disk more

    private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(10); // to the first byte: a large store is spooled
    private static final int MAX_REFUSAL_BYTES = 64 * 1024;

    /// No usable answer; the message says why.
    static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Failed(String message) {
            super(message);
        }
    }

    /// @param path JSON Pointer into the body that was sent, `""` for the whole
    record Violation(String path, String message) {}

    /// @param body as text, whatever its type
    record Reply(int status, String body) {

        boolean isOk() {
            return status >= 200 && status < 300;
        }

        /// @throws Failed when it is no JSON
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new Failed(
                        "status " + status + " with a body that is no JSON (is this address the admin port?): " + start(body));
            }
        }

        /// One line of a refusal: status, title and detail of the problem document, or the start of the body.
        String refusal() {
            JsonNode problem = problem();
            if (!problem.hasNonNull("title")) {
                return status + " " + start(body);
            }
            String detail = problem.hasNonNull("detail") ? ": " + problem.path("detail").asText() : "";
            return status + " " + problem.path("title").asText() + detail;
        }

        /// What a problem document says about single places of the input; empty when there is none.
        List<Violation> violations() {
            List<Violation> violations = new ArrayList<>();
            for (JsonNode violation : problem().path("violations")) {
                violations.add(new Violation(violation.path("path").asText(), violation.path("message").asText()));
            }
            return violations;
        }

        /// A missing node when the body is no JSON.
        private JsonNode problem() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                return MissingNode.getInstance(); // a proxy's page, or no appliance at all
            }
        }

        private static String start(String body) {
            return body.length() <= 200 ? body : body.substring(0, 200) + "…";
        }
    }

    private final URI server;
    private final String token;
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_TIMEOUT)
            .build();

    /// @param server base address, `http://127.0.0.1:9080`
    /// @param token empty for none
    AdminClient(URI server, String token) {
        this.server = server;
        this.token = token;
    }

    /// Without a token.
    static AdminClient at(String server) {
        return new AdminClient(URI.create(server), "");
    }

    /// One segment of a path.
    static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// @throws Failed when there is no answer, or a refusal
    Reply get(String path, String accept) {
        Reply reply = send(HttpRequest.newBuilder(uri(path)).header("Accept", accept).GET());
        if (!reply.isOk()) {
            throw new Failed(reply.refusal());
        }
        return reply;
    }

    /// A refusal is an answer like any other here.
    ///
    /// @throws Failed when there is no answer
    Reply any(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    /// A refusal is an answer like any other here.
    ///
    /// @throws Failed when there is no answer
    Reply put(String path, String json) {
        return send(json(path).PUT(BodyPublishers.ofString(json)));
    }

    /// As [#put].
    Reply post(String path, String json) {
        return send(json(path).POST(BodyPublishers.ofString(json)));
    }

    private HttpRequest.Builder json(String path) {
        return HttpRequest.newBuilder(uri(path)).header("Content-Type", "application/json").header("Accept",
                "application/json");
    }

    /// Writes an answer of any length to `out` as it comes.
    ///
    /// @throws Failed when there is no answer, or a refusal
    /// @throws IOException when `out` does not take it, or the connection breaks
    void download(String path, OutputStream out) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).GET().timeout(DOWNLOAD_TIMEOUT);
        HttpResponse<InputStream> response = exchange(request, BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw new Failed(new Reply(response.statusCode(),
                        new String(body.readNBytes(MAX_REFUSAL_BYTES), StandardCharsets.UTF_8)).refusal());
            }
            body.transferTo(out);
        }
    }

    private URI uri(String path) {
        if (server.getHost() == null || server.getScheme() == null || !server.getScheme().matches("https?")) {
            throw new Failed("--server " + server + " (expected: an address such as http://127.0.0.1:9080)");
        }
        return URI.create(server.toString().replaceFirst("/+$", "") + path);
    }

    private Reply send(HttpRequest.Builder request) {
        HttpResponse<String> response = exchange(request.timeout(REQUEST_TIMEOUT), BodyHandlers.ofString());
        return new Reply(response.statusCode(), response.body());
    }

    private <T> HttpResponse<T> exchange(HttpRequest.Builder request, BodyHandler<T> handler) {
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            return http.send(request.build(), handler);
        } catch (ConnectException e) {
            throw new Failed("no appliance answers at " + server + " (is it running? another address: --server URL)");
        } catch (HttpTimeoutException e) {
            throw new Failed("no answer from " + server + " in time");
        } catch (IOException e) {
            throw new Failed("talking to " + server + " went wrong: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("interrupted while waiting for " + server);
        }
    }
}
