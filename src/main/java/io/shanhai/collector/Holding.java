package io.shanhai.collector;

/// How much the collector holds and what it could not keep, counted since start.
///
/// @param traces kept now, of which `incomplete` lack a span's parent
/// @param bytes kept now, estimated
/// @param evictedTraces forgotten to make room
/// @param overfull spans and decisions refused because their trace had too many
/// @param droppedSpans lost because the ring was full
/// @param droppedDecisions lost because the ring was full
public record Holding(int traces, int incomplete, int spans, long bytes, long evictedTraces, long overfull,
        long droppedSpans, long droppedDecisions) {}
