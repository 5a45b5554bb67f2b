package io.shanhai.gateway.helidon;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.upstream.Forwarding;
import io.shanhai.gateway.upstream.MalformedBodyException;
import io.shanhai.gateway.upstream.RequestBody;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The body of one HTTP/2 request. Helidon checks its length against the frames, and answers `Expect` itself.
final class Http2Body implements RequestBody {

    private final ServerRequest request;
    private final long length;
    private final long maxBytes;
    private InputStream stream;
    private long taken;
    private volatile boolean finished;

    /// @param maxBytes 0 is no limit
    Http2Body(ServerRequest request, long maxBytes) {
        this.request = request;
        this.maxBytes = maxBytes;
        boolean present = request.content().hasEntity();
        long declared = request.headers().first(HeaderNames.CONTENT_LENGTH).map(Long::parseLong).orElse(-1L);
        this.length = declared >= 0 ? declared : present ? Forwarding.CHUNKED : Forwarding.NO_BODY;
        this.finished = !present || declared == 0;
    }

    Malformed refusal() {
        return maxBytes > 0 && length > maxBytes ? tooLarge() : null;
    }

    private Malformed tooLarge() {
        return new Malformed(413, "http1:body-too-large", "the body is larger than gateway.max-body-size, " + maxBytes
                + " bytes");
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int available() {
        return 0;
    }

    @Override
    public void invite() {
        // Helidon sends 100 with the first read
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        if (finished) {
            return -1;
        }
        int read;
        try {
            if (stream == null) {
                stream = request.content().inputStream();
            }
            read = stream.read(into, offset, count);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException e) {
            throw new IOException("the stream was reset", e); // Helidon: RequestException, Http2Exception
        }
        if (read < 0) {
            finished = true;
            return -1;
        }
        taken += read;
        finished = taken == length;
        if (maxBytes > 0 && taken > maxBytes) {
            throw new MalformedBodyException(tooLarge());
        }
        return read;
    }

    @Override
    public long taken() {
        return taken;
    }

    @Override
    public boolean isFinished() {
        return finished;
    }
}
