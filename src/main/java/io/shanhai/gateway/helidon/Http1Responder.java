package io.shanhai.gateway.helidon;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.http1.Fields;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.upstream.ClientGoneException;
import io.shanhai.gateway.upstream.Forwarding;
import io.shanhai.gateway.upstream.RequestBody;
import io.shanhai.gateway.upstream.UpstreamCall;
import io.shanhai.gateway.upstream.UpstreamException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Writes the responses of one HTTP/1.1 connection, one after another. Confined to the connection's thread.
final class Http1Responder implements ClientSide {

    private static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n");
    private static final byte[] CLOSE = ascii("connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final int CHUNK_HEAD_BYTES = 6; // four hex digits, CR LF: enough for one buffer
    private static final int CHUNK_FRAME_BYTES = CHUNK_HEAD_BYTES + 2;
    private static final int LARGEST_CHUNK = 0xffff;
    private static final int WORTHWHILE_ROOM = 2 * 1024; // with less than that free, write first

    private final Http1Connection connection;
    private final Http1Body body;
    private final HeadBuffer out = new HeadBuffer();
    private int minorVersion;
    private boolean keepAlive;
    private boolean committed;

    Http1Responder(Http1Connection connection, Http1Body body) {
        this.connection = connection;
        this.body = body;
    }

    /// Before each request.
    ///
    /// @param minor of the client's HTTP version
    /// @param mayKeep both sides can use the connection for another request
    void begin(int minor, boolean mayKeep) {
        minorVersion = minor;
        keepAlive = mayKeep;
        committed = false;
    }

    /// What the client was told about the connection.
    boolean keepsAlive() {
        return keepAlive;
    }

    @Override
    public RequestBody body() {
        return body;
    }

    @Override
    public void stopBody() {
        if (!body.isFinished()) {
            connection.linger();
        }
    }

    @Override
    public boolean isCommitted() {
        return committed;
    }

    @Override
    public void answer(Exchange x, Answer answer) {
        keepAlive &= body.isCheapToSkip() && !connection.isStopping();
        x.status = answer.status();
        x.responseBytes = answer(answer, x.method.equals("HEAD"));
        x.endNanos = System.nanoTime();
    }

    /// Answers a request that never became an exchange; the connection ends with it.
    void refuse(Answer answer) {
        minorVersion = 1;
        keepAlive = false;
        answer(answer, false);
    }

    private int answer(Answer answer, boolean isHead) {
        int status = answer.status();
        boolean bodyless = status == 204 || status == 304;
        out.clear();
        out.put(StatusLine.of(status, ""));
        List<String> headers = answer.headers();
        for (int i = 0; i + 1 < headers.size(); i += 2) {
            out.field(headers.get(i), headers.get(i + 1));
        }
        if (!bodyless) {
            out.field("content-length", answer.body().length);
        }
        endHead();
        int sent = bodyless || isHead ? 0 : answer.body().length;
        out.put(answer.body(), 0, sent);
        flush();
        return sent;
    }

    @Override
    public void relay(Exchange x, UpstreamCall call) {
        x.status = call.status();
        keepAlive &= !connection.isStopping();
        out.clear();
        out.put(StatusLine.of(call.status(), call.reasonPhrase()));
        copyFields(call.fields());
        boolean chunked = frame(call);
        if (x.explain) {
            List<String> explain = Problem.explainHeaders(x);
            for (int i = 0; i + 1 < explain.size(); i += 2) {
                out.field(explain.get(i), explain.get(i + 1));
            }
        }
        endHead();
        try {
            relayBody(x, call, chunked);
        } catch (UpstreamException e) {
            flush(); // what came, came; without the end of its framing
            throw e;
        } finally {
            x.endNanos = System.nanoTime();
        }
    }

    private void copyFields(Fields fields) {
        Set<String> nominated = Forwarding.nominated(fields.joined("connection"));
        for (int i = 0; i < fields.size(); i++) {
            if (isPassedOn(fields, i, nominated)) {
                out.field(fields, i);
            }
        }
    }

    /// Most names have a length no hop-by-hop field has: no string is made for them.
    private static boolean isPassedOn(Fields fields, int line, Set<String> nominated) {
        if (nominated.isEmpty()) {
            switch (fields.nameLength(line)) {
                case 2, 7, 10, 14, 16, 17, 18, 19 -> {
                    // te, upgrade, connection, content-length, proxy-connection, transfer-encoding, proxy-auth…
                }
                default -> {
                    return true;
                }
            }
        }
        String lower = fields.name(line).toLowerCase(Locale.ROOT);
        return !lower.equals("content-length") && !Forwarding.dropsFromResponse(lower, nominated);
    }

    /// Writes how the body will end.
    ///
    /// @return true when it goes in chunks
    private boolean frame(UpstreamCall call) {
        Framing framing = call.framing();
        switch (framing.kind()) {
            case NONE -> {
                Framing declared = call.declaredFraming(); // to HEAD and 304: what a GET would have been told
                if (declared.kind() == Framing.Kind.LENGTH && call.status() != 204) {
                    out.field("content-length", declared.length());
                }
                return false;
            }
            case LENGTH -> {
                out.field("content-length", framing.length());
                return false;
            }
            case CHUNKED, UNTIL_CLOSE -> {
                if (minorVersion == 0) {
                    keepAlive = false; // RFC 9112 section 6.1: no chunks to HTTP/1.0; the connection's end is the body's
                    return false;
                }
                out.put(CHUNKED);
                return true;
            }
        }
        throw new IllegalStateException("framing: " + framing);
    }

    private void endHead() {
        if (!keepAlive) {
            out.put(CLOSE);
        } else if (minorVersion == 0) {
            out.put(KEEP_ALIVE);
        }
        out.endLine();
    }

    /// Each piece goes out when the next one would have to be waited for: an event stream is not held back.
    private void relayBody(Exchange x, UpstreamCall call, boolean chunked) {
        int frame = chunked ? CHUNK_FRAME_BYTES : 0;
        while (!call.isBodyFinished()) {
            if (out.size() > 0 && (!call.isBodyAtHand() || out.room() < WORTHWHILE_ROOM)) {
                flush();
            }
            int start = out.size() + (chunked ? CHUNK_HEAD_BYTES : 0);
            int count = call.read(out.bytes(), start, Math.min(out.room() - frame, LARGEST_CHUNK));
            if (count < 0) {
                break;
            }
            x.responseBytes += count;
            if (chunked) {
                chunk(count);
            } else {
                out.advance(count);
            }
        }
        if (chunked) {
            out.put(LAST_CHUNK);
        }
        if (out.size() > 0) {
            flush();
        }
    }

    /// Puts the framing around `count` bytes that lie behind the room for the chunk's head.
    private void chunk(int count) {
        byte[] bytes = out.bytes();
        int at = out.size();
        for (int shift = 12; shift >= 0; shift -= 4) {
            bytes[at++] = HEX[count >> shift & 15];
        }
        bytes[at++] = '\r';
        bytes[at] = '\n';
        out.advance(CHUNK_HEAD_BYTES + count);
        out.endLine();
    }

    private void flush() {
        committed = true;
        try {
            connection.write(out.bytes(), 0, out.size());
        } catch (IOException e) {
            throw new ClientGoneException("response: " + e.getMessage());
        } finally {
            out.clear();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
