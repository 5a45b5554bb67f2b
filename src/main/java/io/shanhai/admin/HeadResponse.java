package io.shanhai.admin;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.ServerResponseTrailers;
import io.helidon.http.Status;
import io.helidon.common.uri.UriQuery;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/// Lets a handler written for GET answer HEAD: same status and headers, the body only counted (RFC 9110 section 9.3.2).
/// Helidon neither routes HEAD to GET handlers nor lets a handler send a body to HEAD.
final class HeadResponse implements ServerResponse {

    private final ServerResponse response;

    private HeadResponse(ServerResponse response) {
        this.response = response;
    }

    /// The response itself, or for a HEAD request its wrapper.
    static ServerResponse unlessGet(ServerRequest request, ServerResponse response) {
        boolean isHead = request.prologue().method().equals(Method.HEAD);
        return isHead && !(response instanceof HeadResponse) ? new HeadResponse(response) : response;
    }

    @Override
    public void send(byte[] entity) {
        send(entity, 0, entity.length);
    }

    @Override
    public void send(byte[] entity, int position, int length) {
        response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(length));
        response.send();
    }

    @Override
    public void send(Object entity) {
        if (!(entity instanceof String text)) {
            throw new IllegalArgumentException(
                    "entity: " + entity.getClass().getName() + " (expected: bytes or a string)");
        }
        if (!response.headers().contains(HeaderNames.CONTENT_TYPE)) {
            response.header(HeaderNames.CONTENT_TYPE, "text/plain; charset=UTF-8"); // as Helidon's own writer does
        }
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public OutputStream outputStream() {
        return new CountingStream();
    }

    /// Sends the head when it is closed, as the real stream would have sent the end of the body.
    private final class CountingStream extends OutputStream {

        private long count;
        private boolean closed;

        @Override
        public void write(int b) {
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            count += length;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                response.header(HeaderNames.CONTENT_LENGTH, Long.toString(count));
                response.send();
            }
        }
    }

    @Override
    public ServerResponse status(Status status) {
        response.status(status);
        return this;
    }

    @Override
    public Status status() {
        return response.status();
    }

    @Override
    public ServerResponse header(Header header) {
        response.header(header);
        return this;
    }

    @Override
    public void send() {
        response.send();
    }

    @Override
    public boolean isSent() {
        return response.isSent();
    }

    @Override
    public long bytesWritten() {
        return response.bytesWritten();
    }

    @Override
    public ServerResponse whenSent(Runnable listener) {
        response.whenSent(listener);
        return this;
    }

    @Override
    public ServerResponse reroute(String newPath) {
        response.reroute(newPath);
        return this;
    }

    @Override
    public ServerResponse reroute(String path, UriQuery query) {
        response.reroute(path, query);
        return this;
    }

    @Override
    public ServerResponse next() {
        response.next();
        return this;
    }

    @Override
    public ServerResponseHeaders headers() {
        return response.headers();
    }

    @Override
    public ServerResponseTrailers trailers() {
        return response.trailers();
    }

    @Override
    public void streamResult(String result) {
        response.streamResult(result);
    }

    @Override
    public void streamFilter(UnaryOperator<OutputStream> filter) {
        // Nothing is streamed.
    }
}
