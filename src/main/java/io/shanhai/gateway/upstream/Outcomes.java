package io.shanhai.gateway.upstream;

/// Hears how every attempt ended. Whoever watches instances fills it; called on request threads and on the nio engine's
/// loops, so it must not block, and should not allocate.
public interface Outcomes {

    Outcomes NOBODY = (_, _, _, _, _) -> {
    };

    enum Result {
        /// A response head came, whatever its status.
        ANSWERED,
        /// No connection: nothing was sent.
        NOT_CONNECTED,
        /// The connection broke before a response head.
        BROKEN,
        /// No response head in time.
        TIMED_OUT,
        /// What came was no response.
        MALFORMED
    }

    /// @param pool its name: the service, or a part of it
    /// @param address the instance's
    /// @param status of the response, 0 unless ANSWERED
    /// @param nanos from the attempt's begin to the response head or to the failure
    void attempted(String pool, String address, Result result, int status, long nanos);
}
