package io.shanhai.decision;

import java.util.List;

/// One verdict about one request, of bounded size. Emitted when the request is sampled, refused, failed or slow.
///
/// @param traceIdHigh upper half of the trace id it belongs to
/// @param traceIdLow lower half
/// @param epochNanos when, wall clock
/// @param stage where in the house
/// @param rule the object that decided: a route id, a limit id, an instance address
/// @param revision store revision of the Plan the request read
/// @param verdict one word: `matched`, `no-match`, `admitted`, `refused`, `chosen`, `failed`, …
/// @param inputs what the verdict was made from, name and value in turn, at most 8 pairs
/// @param alternatives what else there was and why it was not taken, at most 3
public record Decision(long traceIdHigh, long traceIdLow, long epochNanos, Stage stage, String rule, long revision,
        String verdict, List<String> inputs, List<Alternative> alternatives) {

    public static final int MAX_INPUTS = 16; // 8 name, value pairs: the longest list any stage has
    public static final int MAX_ALTERNATIVES = 3;

    /// In the order a request meets them.
    public enum Stage {
        ROUTE,
        LIMIT,
        INSTANCE,
        UPSTREAM,
        RESPONSE
    }

    /// @param why a sentence fragment: `path /api is shorter`, `SUSPECT since 12:00:03`
    public record Alternative(String rule, String why) {}

    public Decision {
        inputs = List.copyOf(inputs);
        alternatives = List.copyOf(alternatives);
        if (inputs.size() > MAX_INPUTS || inputs.size() % 2 != 0 || alternatives.size() > MAX_ALTERNATIVES) {
            throw new IllegalArgumentException("inputs: " + inputs.size() + " items (expected: pairs, up to " + MAX_INPUTS
                    + "), alternatives: " + alternatives.size() + " (expected: up to " + MAX_ALTERNATIVES + ")");
        }
    }
}
