package io.shanhai.gateway.http1;

/// How large a head may be.
///
/// @param headBytes start line, fields and the empty line together
/// @param targetBytes the request target alone
public record HeadLimits(int headBytes, int targetBytes) {

    /// More field lines than this are refused: every lookup walks all of them, so the count must be bounded apart from
    /// the bytes. Browsers send about 20, a chain of proxies adds about 10.
    static final int MAX_FIELDS = 256;

    public HeadLimits {
        if (headBytes < 64 || targetBytes < 1) {
            throw new IllegalArgumentException("headBytes: " + headBytes + " (expected: >= 64), targetBytes: " + targetBytes
                    + " (expected: >= 1)");
        }
    }
}
