package io.shanhai.gateway.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Set;

/// A limit as stored under `/shanhai/limits/{id}`: the JSON of `PUT /v1/limits/{id}`, read and checked.
///
/// @param amount requests per `per`
/// @param burst most tokens saved up; only for a token bucket
/// @param shadow asked and counted, never refusing
record LimitSpec(Algorithm algorithm, long amount, Duration per, long burst, Key key, boolean shadow) {

    enum Algorithm { SLIDING_WINDOW, TOKEN_BUCKET }

    /// What has a count of its own: everything, each route, each service.
    enum Key { ALL, ROUTE, SERVICE }

    private static final long MAX_AMOUNT = 1_000_000_000L; // one a nanosecond
    private static final Duration LEAST = Duration.ofMillis(10);
    private static final Duration MOST = Duration.ofDays(1);
    private static final Set<String> NOT_YET = Set.of("adaptive", "gcra", "leaky-queue", "concurrency");

    /// @throws InvalidSpecException with everything that is wrong
    static LimitSpec parse(JsonNode json) {
        SpecReader reader = new SpecReader(json);
        LimitSpec spec = read(reader);
        reader.check();
        return spec;
    }

    /// The reader has the violations; when there is one, what is returned may be null.
    static LimitSpec read(SpecReader reader) {
        return switch (reader.text("algorithm", "")) {
            case "sliding-window" -> slidingWindow(reader);
            case "token-bucket" -> tokenBucket(reader);
            case String other -> {
                reader.wrong("algorithm",
                        NOT_YET.contains(other)
                                ? "\"" + other + "\" is not built yet (use sliding-window or token-bucket)"
                                : "\"" + other + "\" (expected: sliding-window or token-bucket)");
                yield null;
            }
        };
    }

    private static LimitSpec slidingWindow(SpecReader reader) {
        reader.only(Set.of("algorithm", "limit", "window", "key", "shadow"));
        required(reader, "limit");
        return new LimitSpec(Algorithm.SLIDING_WINDOW, reader.number("limit", 1, 1, MAX_AMOUNT),
                reader.duration("window", Duration.ofSeconds(1), LEAST, MOST), 0, key(reader), reader.flag("shadow"));
    }

    private static LimitSpec tokenBucket(SpecReader reader) {
        reader.only(Set.of("algorithm", "rate", "per", "burst", "warmup", "key", "shadow"));
        required(reader, "rate");
        long rate = reader.number("rate", 1, 1, MAX_AMOUNT);
        if (reader.has("warmup")) {
            reader.wrong("warmup", "is not built yet (leave it out)");
        }
        return new LimitSpec(Algorithm.TOKEN_BUCKET, rate, reader.duration("per", Duration.ofSeconds(1), LEAST, MOST),
                reader.number("burst", 2 * rate, 1, 2 * MAX_AMOUNT), key(reader), reader.flag("shadow"));
    }

    private static void required(SpecReader reader, String field) {
        if (!reader.has(field)) {
            reader.wrong(field, "is missing (expected: a whole number above 0)");
        }
    }

    private static Key key(SpecReader reader) {
        String text = reader.text("key", "all");
        switch (text) {
            case "all" -> {
                return Key.ALL;
            }
            case "route" -> {
                return Key.ROUTE;
            }
            case "service" -> {
                return Key.SERVICE;
            }
            default -> reader.wrong("key", text.equals("client-ip") || text.startsWith("header:")
                    ? "\"" + text + "\" is not built yet (use all, route or service)"
                    : "\"" + text + "\" (expected: all, route or service)");
        }
        return Key.ALL;
    }
}
