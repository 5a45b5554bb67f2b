package io.shanhai.gateway.nio;

import io.shanhai.gateway.Verdict.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Writes the gateway's own answers to one client.
final class AnswerWriter {

    private static final int HEAD_END_BYTES = 128; // Connection field and empty line, with room to spare

    private final Wire wire;
    private final AnswerHeads heads;
    /// What of a body did not fit yet; null when all did.
    private ByteBuffer rest;

    AnswerWriter(Wire wire, AnswerHeads heads) {
        this.wire = wire;
        this.heads = heads;
    }

    /// Puts the answer, or the beginning of a large one, into the pending output.
    ///
    /// @param minorVersion of the request
    /// @return true when all of it is there; otherwise [#pump] writes the rest
    boolean put(Answer answer, boolean withoutBody, boolean keepAlive, int minorVersion) {
        byte[] head = heads.of(answer);
        ByteBuffer out = wire.out(head.length + HEAD_END_BYTES);
        out.put(head);
        endHead(out, keepAlive, minorVersion);
        byte[] body = answer.body();
        if (withoutBody || body.length == 0 || answer.status() == 204 || answer.status() == 304) {
            return true;
        }
        if (body.length <= out.remaining()) {
            out.put(body);
            return true;
        }
        rest = ByteBuffer.wrap(body);
        return false;
    }

    /// Connection field and empty line.
    static void endHead(ByteBuffer out, boolean keepAlive, int minorVersion) {
        if (!keepAlive) {
            out.put(HeadBytes.CLOSE);
        } else if (minorVersion == 0) {
            out.put(HeadBytes.KEEP_ALIVE);
        }
        out.put(HeadBytes.CRLF);
    }

    /// Writes as much as the socket takes.
    ///
    /// @return true when nothing is left, neither of the answer nor of the pending output
    boolean pump() throws IOException {
        while (rest != null) {
            // Through the direct output buffer: the JDK would copy a heap buffer of any size into a direct one of its own.
            ByteBuffer out = wire.out(1);
            int count = Math.min(out.remaining(), rest.remaining());
            out.put(rest.slice(rest.position(), count));
            rest.position(rest.position() + count);
            if (!rest.hasRemaining()) {
                rest = null;
            }
            if (!wire.flush()) {
                return false;
            }
        }
        return wire.flush();
    }
}
