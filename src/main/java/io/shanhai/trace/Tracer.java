package io.shanhai.trace;

/// Starts and joins traces. Safe for all threads; allocates one `TraceContext` per call.
public interface Tracer {

    /// Joins the caller's trace, or starts one.
    ///
    /// @param traceparent the header's value, null when the request has none
    /// @param traceparentCount how many such header lines there were; more than one is invalid
    /// @param tracestate all lines joined by `,` in order, null when there are none
    /// @return a context whose `spanId` is new; the caller's sampled and random flags are kept when its header is valid
    TraceContext join(String traceparent, int traceparentCount, String tracestate);

    /// The same, sparing the allocation where it can.
    ///
    /// @param unseen a root this tracer made that is not sampled and of which nobody has heard, or null; it is returned
    ///        when a new root would not be sampled either: its random id is as good as another one
    default TraceContext join(String traceparent, int traceparentCount, String tracestate, TraceContext unseen) {
        return join(traceparent, traceparentCount, tracestate);
    }

    /// A child of `parent` with a new span id, same trace, flags and tracestate.
    TraceContext child(TraceContext parent);
}
