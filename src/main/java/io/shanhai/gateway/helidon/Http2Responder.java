package io.shanhai.gateway.helidon;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingResponse;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.http1.Fields;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.upstream.ClientGoneException;
import io.shanhai.gateway.upstream.Forwarding;
import io.shanhai.gateway.upstream.RequestBody;
import io.shanhai.gateway.upstream.UpstreamCall;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Writes the response of one HTTP/2 stream.
final class Http2Responder implements ClientSide {

    private static final int BUFFER_BYTES = 16 * 1024; // the default frame size of HTTP/2

    private final RoutingResponse response;
    private final Http2Body body;
    private boolean committed;

    Http2Responder(RoutingResponse response, Http2Body body) {
        this.response = response;
        this.body = body;
    }

    @Override
    public RequestBody body() {
        return body;
    }

    @Override
    public void stopBody() {
        // Helidon reads the rest away, bounded by flow control, or resets the stream
    }

    @Override
    public boolean isCommitted() {
        return committed;
    }

    @Override
    public void answer(Exchange x, Answer answer) {
        begin(x, answer.status(), answer.headers());
        boolean bodyless = answer.status() == 204 || answer.status() == 304;
        if (!bodyless) {
            response.headers().set(HeaderValues.create(HeaderNames.CONTENT_LENGTH, answer.body().length));
        }
        committed = true;
        try {
            if (bodyless || x.method.equals("HEAD")) {
                endWithoutBody(response.outputStream());
            } else {
                response.send(answer.body());
                x.responseBytes = answer.body().length;
            }
        } catch (IOException | RuntimeException e) {
            throw gone(e);
        } finally {
            x.endNanos = System.nanoTime();
        }
    }

    /// Helidon sets a length of 0 on a response whose stream ends unused, which would be false for HEAD and 304 and is
    /// forbidden for 204. Flushing an empty piece sends the fields as they are.
    private void endWithoutBody(OutputStream out) throws IOException {
        out.write(new byte[0]);
        out.flush();
        response.commit();
    }

    @Override
    public void relay(Exchange x, UpstreamCall call) {
        begin(x, call.status(), x.explain ? Problem.explainHeaders(x) : List.of());
        copyFields(call.fields());
        Framing framing = call.framing().kind() == Framing.Kind.NONE ? call.declaredFraming() : call.framing();
        if (framing.kind() == Framing.Kind.LENGTH && call.status() != 204) {
            response.headers().set(HeaderValues.create(HeaderNames.CONTENT_LENGTH, framing.length()));
        }
        try {
            relayBody(x, call);
        } finally {
            x.endNanos = System.nanoTime();
        }
    }

    private void relayBody(Exchange x, UpstreamCall call) {
        committed = true;
        byte[] buffer = new byte[BUFFER_BYTES];
        OutputStream out = open();
        while (!call.isBodyFinished()) {
            int count = call.read(buffer, 0, buffer.length);
            if (count < 0) {
                break;
            }
            write(out, buffer, count, call.isBodyFinished() || call.isBodyAtHand());
            x.responseBytes += count;
        }
        try {
            if (x.responseBytes == 0) {
                endWithoutBody(out);
            } else {
                response.commit();
            }
        } catch (IOException | RuntimeException e) {
            throw gone(e);
        }
    }

    private OutputStream open() {
        try {
            return response.outputStream();
        } catch (RuntimeException e) {
            throw gone(e);
        }
    }

    /// @param more a further piece follows at once: no need to flush
    private static void write(OutputStream out, byte[] buffer, int count, boolean more) {
        try {
            out.write(buffer, 0, count);
            if (!more) {
                out.flush();
            }
        } catch (IOException | RuntimeException e) {
            throw gone(e);
        }
    }

    private void begin(Exchange x, int status, List<String> fields) {
        x.status = status;
        response.status(Status.create(status));
        ServerResponseHeaders headers = response.headers();
        for (int i = 0; i + 1 < fields.size(); i += 2) {
            headers.add(HeaderValues.create(HeaderNames.create(fields.get(i)), fields.get(i + 1)));
        }
    }

    private void copyFields(Fields fields) {
        Set<String> nominated = Forwarding.nominated(fields.joined("connection"));
        ServerResponseHeaders headers = response.headers();
        for (int i = 0; i < fields.size(); i++) {
            String lower = fields.name(i).toLowerCase(Locale.ROOT);
            if (!lower.equals("content-length") && !Forwarding.dropsFromResponse(lower, nominated)) {
                headers.add(HeaderValues.create(HeaderNames.create(lower), fields.value(i)));
            }
        }
    }

    private static ClientGoneException gone(Exception e) {
        return new ClientGoneException("HTTP/2 response: " + e.getMessage());
    }
}
