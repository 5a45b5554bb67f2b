package io.shanhai.gateway.http1;

/// What became of a head so far.
public enum Outcome {
    /// More bytes are needed; call again when they came.
    INCOMPLETE,
    /// The head is whole; the buffer stands at the first byte after it.
    COMPLETE,
    /// It will never become a head; see [HeadParser#malformed()]. The connection cannot be used further.
    MALFORMED
}
