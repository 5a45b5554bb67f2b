package io.shanhai.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.gateway.plan.Violation;
import io.shanhai.json.JsonText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Reads request bodies and writes answers. Reading is stricter than the library's default: UTF-8 only (RFC 8259
/// section 8.1), no duplicate keys, nothing after the value, no unpaired surrogates, bounded depth.
/// Whatever is wrong is a 400 with its place.
public final class Json {

    public static final String MEDIA_TYPE = "application/json";
    /// The store revision an answer without a body speaks of.
    public static final String REVISION_HEADER = "x-shanhai-rev";
    private static final String LIVE_HEADER = "x-shanhai-live";

    static final int MAX_DEPTH = 64; // our own objects nest 6 deep; a parser's stack is safe to several hundred
    private static final int MAX_NUMBER_LENGTH = 64; // a long has 19 digits, an exact double 17
    private static final int MAX_NAME_LENGTH = 1024; // header and tag names; keys are kept in error texts and maps
    private static final int MAX_VIOLATIONS = 20; // enough to mend a file; a hostile body must not grow its own answer

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH).maxNameLength(MAX_NAME_LENGTH).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build()).build();

    private Json() {}

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /// The request's body as one JSON value. Its size is bounded by the door.
    public static JsonNode read(ServerRequest request) {
        return parse(readBytes(request));
    }

    /// The request's body, which must be a JSON object.
    public static ObjectNode readObject(ServerRequest request) {
        if (read(request) instanceof ObjectNode object) {
            return object;
        }
        throw Problems.invalid("", "the body is no JSON object (expected: {...})");
    }

    /// As [#readObject], with every digit of its decimals.
    public static ObjectNode readExactObject(ServerRequest request) {
        try {
            if (JsonText.read(readText(request)) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e); // not reached: it was parsed already
        }
        throw Problems.invalid("", "the body is no JSON object (expected: {...})");
    }

    /// The request's body as written, known to be one JSON value.
    public static String readText(ServerRequest request) {
        byte[] body = readBytes(request);
        parse(body);
        return decode(body);
    }

    private static byte[] readBytes(ServerRequest request) {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        try (var in = request.content().inputStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode parse(byte[] body) {
        String text = decode(body);
        try (JsonParser parser = MAPPER.createParser(text)) {
            return parse(parser);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // not reached: the source is a string
        }
    }

    private static JsonNode parse(JsonParser parser) throws IOException {
        try {
            JsonNode value = MAPPER.readTree(parser);
            if (value == null || value.isMissingNode()) {
                throw Problems.invalid("", "the body is empty (expected: JSON)");
            }
            if (parser.nextToken() != null) {
                throw Problems.invalid("",
                        "there is more after the JSON value" + place(parser.currentTokenLocation()));
            }
            checkValues(value);
            return value;
        } catch (JsonProcessingException e) {
            boolean duplicate = e.getOriginalMessage().startsWith("Duplicate field");
            JsonPointer pointer = parser.getParsingContext().pathAsPointer();
            String what = duplicate ? "duplicate key" : e.getOriginalMessage();
            throw Problems.invalid(duplicate ? pointer.toString() : "", what + place(e.getLocation()));
        }
    }

    private static String place(JsonLocation location) {
        return location == null
                ? ""
                : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    private static String decode(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text; // RFC 8259 section 8.1: a BOM may be ignored
        } catch (CharacterCodingException _) {
            throw Problems.invalid("", "the body is not UTF-8");
        }
    }

    /// What parses and still cannot be stored and written again.
    private static void checkValues(JsonNode value) {
        List<Violation> violations = new ArrayList<>();
        collect(value, JsonPointer.empty(), violations);
        if (!violations.isEmpty()) {
            throw Problems.invalid(violations.getFirst().message(), violations);
        }
    }

    private static void collect(JsonNode value, JsonPointer at, List<Violation> violations) {
        if (violations.size() >= MAX_VIOLATIONS) {
            return;
        }
        if (value.isTextual() && !isWellFormed(value.textValue())) {
            violations.add(new Violation(at.toString(), "the text has an unpaired surrogate"));
        }
        if (value.isFloatingPointNumber() && Double.isInfinite(value.doubleValue())) {
            violations.add(new Violation(at.toString(), "the number is too large (expected: within ±1.8e308)"));
        }
        value.properties().forEach(field -> {
            JsonPointer below = at.appendProperty(field.getKey());
            if (!isWellFormed(field.getKey())) {
                violations.add(new Violation(at.toString(), "a key has an unpaired surrogate"));
            }
            collect(field.getValue(), below, violations);
        });
        for (int i = 0; value.isArray() && i < value.size(); i++) {
            collect(value.get(i), at.appendIndex(i), violations);
        }
    }

    private static boolean isWellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
    }

    static byte[] bytes(JsonNode value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void send(ServerRequest request, ServerResponse response, JsonNode value) {
        send(request, response, 200, MEDIA_TYPE, bytes(value));
    }

    public static void send(ServerRequest request, ServerResponse response, int status, JsonNode value) {
        send(request, response, status, MEDIA_TYPE, bytes(value));
    }

    public static void send(ServerRequest request, ServerResponse response, int status, String mediaType, byte[] body) {
        response.status(Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, mediaType);
        // State of this moment: a cache in between must not answer for us.
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        HeadResponse.unlessGet(request, response).send(body);
    }

    /// 204 for a change that is durable.
    ///
    /// @param live this node serves it already
    public static void sendNoContent(ServerResponse response, long revision, boolean live) {
        response.header(REVISION_HEADER, Long.toString(revision));
        response.header(LIVE_HEADER, Boolean.toString(live));
        response.status(Status.NO_CONTENT_204).send();
    }
}
