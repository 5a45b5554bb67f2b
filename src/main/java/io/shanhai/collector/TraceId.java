package io.shanhai.collector;

import io.shanhai.decision.Decision;
import io.shanhai.trace.TraceContext;
import java.util.HexFormat;
import java.util.Optional;

/// A trace id of 128 bits, never 0.
public record TraceId(long high, long low) {

    public TraceId {
        if ((high | low) == 0) {
            throw new IllegalArgumentException("an all-zero trace id is invalid (W3C Trace Context 3.2.2.3)");
        }
    }

    static TraceId of(TraceContext context) {
        return new TraceId(context.traceIdHigh(), context.traceIdLow());
    }

    static TraceId of(Decision decision) {
        return new TraceId(decision.traceIdHigh(), decision.traceIdLow());
    }

    /// Reads 1 to 32 hex digits of either case; a shorter id is padded on the left, as Jaeger and Zipkin do.
    ///
    /// @return empty when it is none
    public static Optional<TraceId> parse(String text) {
        int length = text.length();
        if (length < 1 || length > 32 || !text.chars().allMatch(HexFormat::isHexDigit)) {
            return Optional.empty();
        }
        int split = Math.max(0, length - 16);
        long high = split == 0 ? 0 : HexFormat.fromHexDigitsToLong(text, 0, split);
        long low = HexFormat.fromHexDigitsToLong(text, split, length);
        return (high | low) == 0 ? Optional.empty() : Optional.of(new TraceId(high, low));
    }

    /// 32 lower-case hex digits.
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
