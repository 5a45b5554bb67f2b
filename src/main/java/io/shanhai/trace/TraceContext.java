package io.shanhai.trace;

import java.util.HexFormat;

/// The ids of one span as W3C Trace Context Level 2 carries them. Immutable.
///
/// @param traceIdHigh upper 64 bits of the trace id
/// @param traceIdLow lower 64 bits; both halves are never 0 together
/// @param spanId this span, never 0
/// @param parentSpanId the span that caused this one, 0 when this is a root
/// @param flags bit 0 sampled, bit 1 random; all others are 0
/// @param tracestate the caller's entries as received and valid, `""` when there are none
public record TraceContext(long traceIdHigh, long traceIdLow, long spanId, long parentSpanId, int flags, String tracestate) {

    public static final int SAMPLED = 1;
    public static final int RANDOM = 2;

    public TraceContext {
        if ((traceIdHigh | traceIdLow) == 0 || spanId == 0) {
            throw new IllegalArgumentException("an all-zero trace or span id is invalid (W3C Trace Context 3.2.2)");
        }
        flags &= SAMPLED | RANDOM;
    }

    public boolean isSampled() {
        return (flags & SAMPLED) != 0;
    }

    /// 32 lower-case hex digits.
    public String traceId() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(traceIdHigh) + hex.toHexDigits(traceIdLow);
    }

    /// The header value to send on: version 00, this span as the parent of whatever receives it.
    public String traceparent() {
        HexFormat hex = HexFormat.of();
        return "00-" + hex.toHexDigits(traceIdHigh) + hex.toHexDigits(traceIdLow) + "-" + hex.toHexDigits(spanId) + "-"
                + hex.toHexDigits((byte) flags);
    }
}
