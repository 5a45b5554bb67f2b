package io.shanhai.gateway.nio;

import java.nio.ByteBuffer;

/// Throws away what a client sends although nobody wants it any more, within a bound.
final class Leftovers {

    static final long MAX_BYTES = 64 * 1024; // reading a larger rest costs more than a new connection

    /// What a fast client has under way before it sees the answer and stops. Closing with unread bytes would reset the
    /// connection, and the answer could be lost with it (RFC 9112 section 9.6).
    static final long MAX_LINGER_BYTES = 16 * 1024 * 1024;

    enum Progress {
        MORE,
        ENDED,
        GIVE_UP
    }

    private long bytes;

    void begin() {
        bytes = 0;
    }

    /// The rest of a request's body, so that the next request can follow.
    Progress skip(BodyReader body, ByteBuffer in) {
        int count = body.available(in);
        in.position(in.position() + count);
        body.used(count);
        bytes += count;
        if (body.isEnded()) {
            return Progress.ENDED;
        }
        return body.malformed() != null || bytes > MAX_BYTES ? Progress.GIVE_UP : Progress.MORE;
    }

    /// Everything, until the client closes.
    Progress skipAll(ByteBuffer in) {
        bytes += in.remaining();
        in.position(in.limit());
        return bytes > MAX_LINGER_BYTES ? Progress.GIVE_UP : Progress.MORE;
    }
}
