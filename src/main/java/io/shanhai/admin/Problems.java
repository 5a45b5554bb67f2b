package io.shanhai.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HttpException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.admin.ProblemException.Answer;
import io.shanhai.gateway.plan.Violation;
import io.shanhai.store.StoreException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every refusal of the admin door: RFC 9457 `application/problem+json`. The `type` is `urn:shanhai:problem:<kind>`,
/// stable; a handler throws what a method here returns.
public final class Problems {

    static final String TYPE_PREFIX = "urn:shanhai:problem:";
    static final String MEDIA_TYPE = "application/problem+json";

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    public static ProblemException invalid(String detail, List<Violation> violations) {
        return new ProblemException(
                new Answer("invalid-input", 400, "Invalid input", detail, violations, Map.of(), Map.of()));
    }

    /// @param path JSON Pointer of the value, `""` for the whole body
    public static ProblemException invalid(String path, String message) {
        return invalid(message, List.of(new Violation(path, message)));
    }

    public static ProblemException notFound(String detail) {
        return new ProblemException(answer("not-found", 404, "Not found", detail));
    }

    /// No endpoint has this path.
    ///
    /// @param near paths that look like it, best first
    static ProblemException noSuchPath(String path, List<String> near) {
        String hint = near.isEmpty() ? "" : "; near: " + String.join(", ", near);
        return new ProblemException(
                answer("no-such-path", 404, "No such path", path + " is not a path of this API" + hint).withMember("near",
                        near));
    }

    static ProblemException methodNotAllowed(String method, String path, SequencedSet<String> allowed) {
        String allow = String.join(", ", allowed);
        return new ProblemException(answer("method-not-allowed", 405, "Method not allowed",
                path + " does not answer " + method + " (expected: " + allow + ")").withHeader("Allow", allow));
    }

    public static ProblemException conflict(String detail) {
        return new ProblemException(answer("conflict", 409, "Conflict", detail));
    }

    /// @param oldest the oldest revision that can still be read
    public static ProblemException gone(String detail, long oldest) {
        return new ProblemException(answer("compacted", 410, "History is gone", detail + " (see store.history-retention)")
                .withMember("oldest", oldest));
    }

    /// @param conflicts one object for each thing that is in the way
    public static ProblemException conflicts(String detail, ArrayNode conflicts) {
        return new ProblemException(answer("conflict", 409, "Conflict", detail).withMember("conflicts", conflicts));
    }

    static ProblemException tooLarge(String detail) {
        return new ProblemException(answer("too-large", 413, "Content too large", detail));
    }

    static ProblemException foreign(String detail) {
        return new ProblemException(answer("foreign-origin", 403, "Only local requests", detail));
    }

    /// @param challenge value of `WWW-Authenticate` (RFC 6750 section 3)
    static ProblemException unauthorized(String kind, String detail, String challenge) {
        return new ProblemException(
                answer(kind, 401, "Token required", detail).withHeader("WWW-Authenticate", challenge));
    }

    public static ProblemException unavailable(String detail) {
        return new ProblemException(
                answer("unavailable", 503, "Service unavailable", detail).withHeader("Retry-After", "1"));
    }

    /// A refusal of the HTTP engine itself.
    static Answer of(int status, String detail) {
        return switch (status) {
            case 400 -> answer("bad-request", 400, "Bad request", detail);
            case 404 -> answer("not-found", 404, "Not found", detail);
            case 413 -> answer("too-large", 413, "Content too large", detail);
            case 505 -> answer("http-version", 505, "HTTP version not supported", detail);
            default -> answer("http-" + status, status, "HTTP " + status, detail);
        };
    }

    /// What to answer when a handler threw. Our own fault is logged under an id, and only the id is told.
    static Answer of(Throwable thrown, String method, String path) {
        return switch (thrown) {
            case ProblemException problem -> problem.answer();
            case StoreException store -> of(store);
            case HttpException http when http.status().code() < 500 -> of(http.status().code(),
                    String.valueOf(http.getMessage()));
            default -> {
                String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
                LOG.error("error {}: {} {} failed", id, method, path, thrown);
                yield answer("internal", 500, "Internal error",
                        "this is our fault; the log has it under error " + id).withMember("error", id);
            }
        };
    }

    private static Answer of(StoreException thrown) {
        String detail = thrown.detail();
        return switch (thrown.code()) {
            case COMPACTED -> answer("compacted", 410, "History is gone", detail);
            case FUTURE_REVISION, EMPTY_KEY, LEASE_TTL_TOO_LARGE, TOO_MANY_OPS, DUPLICATE_KEY, VALUE_PROVIDED,
                    LEASE_PROVIDED ->
                invalid("", detail).answer();
            case KEY_NOT_FOUND, LEASE_NOT_FOUND -> notFound(detail).answer();
            case LEASE_EXISTS -> conflict(detail).answer();
            case REQUEST_TOO_LARGE -> tooLarge(detail).answer();
            case NO_SPACE -> answer("no-space", 507, "Insufficient storage", detail);
            case UNAVAILABLE, TOO_MANY_REQUESTS -> unavailable(detail).answer();
        };
    }

    static void send(ServerRequest request, ServerResponse response, Answer answer) {
        answer.headers().forEach(response::header);
        Json.send(request, response, answer.status(), MEDIA_TYPE, body(answer, request.path().rawPath()));
    }

    static byte[] body(Answer answer, String instance) {
        ObjectNode json = Json.object();
        json.put("type", TYPE_PREFIX + answer.kind());
        json.put("title", answer.title());
        json.put("status", answer.status());
        json.put("detail", answer.detail());
        json.put("instance", instance);
        if (!answer.violations().isEmpty()) {
            ArrayNode violations = json.putArray("violations");
            answer.violations().forEach(v -> violations.addObject().put("path", v.path()).put("message", v.message()));
        }
        answer.members().forEach(json::putPOJO);
        return Json.bytes(json);
    }

    private static Answer answer(String kind, int status, String title, String detail) {
        return new Answer(kind, status, title, detail, List.of(), Map.of(), Map.of());
    }
}
