package io.shanhai.gateway.helidon;

import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.upstream.BodyStream;
import io.shanhai.gateway.upstream.Forwarding;
import io.shanhai.gateway.upstream.MalformedBodyException;
import io.shanhai.gateway.upstream.RequestBody;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// The body of the current request on an HTTP/1.1 connection.
final class Http1Body implements RequestBody {

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    /// Reading this much of an unwanted body is cheaper than a new connection.
    private static final int CHEAP_BYTES = 64 * 1024;

    private final Http1Connection connection;
    private final BodyStream stream;
    private final long maxBytes;
    private Framing framing = Framing.NONE;
    private boolean awaited;
    private long taken;

    /// @param maxBytes 0 is no limit
    Http1Body(Http1Connection connection, long maxBytes) {
        this.connection = connection;
        this.stream = new BodyStream(connection);
        this.maxBytes = maxBytes;
    }

    /// @param expectsContinue the client waits for [#invite()]
    void begin(Framing next, boolean expectsContinue) {
        framing = next;
        stream.begin(next);
        awaited = expectsContinue && !stream.isFinished();
        taken = 0;
    }

    /// Why this body is refused before a byte of it is read; null when it is not.
    Malformed refusal() {
        return maxBytes > 0 && framing.length() > maxBytes ? tooLarge() : null;
    }

    private Malformed tooLarge() {
        return new Malformed(413, "http1:body-too-large", "the body is larger than gateway.max-body-size, " + maxBytes
                + " bytes");
    }

    /// True when what is left of the body can be read away so that the connection serves on. A client that was never
    /// told to go on may or may not send its body: that connection is lost.
    boolean isCheapToSkip() {
        return stream.isFinished() || !awaited && framing.kind() == Framing.Kind.LENGTH && stream.remaining() <= CHEAP_BYTES;
    }

    @Override
    public long length() {
        return switch (framing.kind()) {
            case NONE, UNTIL_CLOSE -> Forwarding.NO_BODY;
            case LENGTH -> framing.length();
            case CHUNKED -> Forwarding.CHUNKED;
        };
    }

    @Override
    public int available() {
        return stream.available();
    }

    @Override
    public void invite() throws IOException {
        if (awaited && stream.available() == 0) {
            connection.write(CONTINUE, 0, CONTINUE.length);
        }
        awaited = false;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = stream.read(into, offset, length);
        if (count > 0) {
            taken += count;
            if (maxBytes > 0 && taken > maxBytes) {
                throw new MalformedBodyException(tooLarge());
            }
        }
        return count;
    }

    @Override
    public long taken() {
        return taken;
    }

    @Override
    public boolean isFinished() {
        return stream.isFinished();
    }
}
