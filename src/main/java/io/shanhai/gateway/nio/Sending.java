package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.upstream.Forwarding;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Passes a request on to an endpoint: its head, then its body as it comes, and keeps a copy of the body where one is
/// wanted. What [Delivery] is for the response. Reused from request to request.
final class Sending {

    private final Loop loop;
    private final ClientConnection client;
    private boolean begun;
    private boolean refused;
    private boolean continueSent;

    Sending(Loop loop, ClientConnection client) {
        this.loop = loop;
        this.client = client;
    }

    void begin() {
        continueSent = false;
        beginAttempt();
    }

    /// Nothing was sent yet to the endpoint that comes next.
    void beginAttempt() {
        begun = false;
        refused = false;
    }

    /// Writes the head, and what the client sent of the body during an earlier attempt.
    void head(Exchange x, Wire to) {
        if (!Forwarding.requestHead(x, bodyLength(), to.out(Loop.BUFFER_BYTES))) {
            // Our own fields made a head at the limit longer than the buffer: the only case, and bounded.
            to.out(0).clear();
            int room = 2 * loop.parts().limits().headBytes() + Loop.BUFFER_BYTES;
            if (!Forwarding.requestHead(x, bodyLength(), to.out(room))) {
                throw new IllegalStateException("a request head is longer than " + room + " bytes");
            }
        }
        begun = true;
        if (x.bodyCopy != null && x.bodyCopy.isComplete() && body().isTouched()) {
            to.out(x.bodyCopy.size()).put(x.bodyCopy.content());
        }
    }

    private long bodyLength() {
        Framing framing = client.request().head().framing();
        return switch (framing.kind()) {
            case LENGTH -> framing.length();
            case CHUNKED -> Forwarding.CHUNKED;
            case NONE, UNTIL_CLOSE -> Forwarding.NO_BODY;
        };
    }

    private BodyReader body() {
        return client.request().body();
    }

    /// The head went, or is pending.
    boolean isBegun() {
        return begun;
    }

    /// The endpoint takes nothing more: its response, if there is one, or its end is read next.
    boolean isRefused() {
        return refused;
    }

    /// The whole request can be sent again: nothing of its body was taken, or all of it is kept.
    boolean isRepeatable(Exchange x) {
        return !body().isTouched() || x.bodyCopy != null && x.bodyCopy.isComplete();
    }

    /// Passes on what is there of the body, as far as the endpoint takes it.
    ///
    /// @param invites the client may still be asked for its body
    /// @return why the body must not go on; null while it may
    /// @throws IOException when the client is gone; an endpoint's trouble makes it [#isRefused()]
    Malformed pass(Exchange x, Wire to, boolean invites) throws IOException {
        BodyReader body = body();
        ByteBuffer in = client.wire().in();
        int count = body.available(in);
        Malformed wrong = wrong(body);
        if (wrong != null || refused) {
            return wrong;
        }
        try {
            to.wantWrite(!write(x, in, count, to));
        } catch (IOException _) {
            refused = true;
            to.wantWrite(false);
            client.wire().wantRead(false);
            return null;
        }
        if (x.bodyCopy != null && body.isEnded()) {
            x.bodyCopy.end();
        }
        // While the endpoint is full the client is not read, but for one thing: its buffer notices that it left.
        client.wire().wantRead(!client.wire().isInFull());
        if (invites) {
            sendContinue(body);
        }
        return null;
    }

    private Malformed wrong(BodyReader body) {
        if (body.malformed() != null) {
            return new Malformed(400, body.malformed().reason(), "The body: " + body.malformed().detail() + ".");
        }
        long max = loop.parts().settings().maxBodySize().bytes();
        return max > 0 && body.bytes() > max
                ? new Malformed(413, "http1:body-too-large", "The body is larger than " + max + " bytes.")
                : null;
    }

    /// @return false when the endpoint is full
    private boolean write(Exchange x, ByteBuffer in, int count, Wire to) throws IOException {
        if (count == 0) {
            return to.flush();
        }
        int from = in.position();
        int taken = to.write(in, count);
        if (x.bodyCopy != null) {
            x.bodyCopy.add(in, from, taken);
        }
        body().used(taken);
        return taken == count && to.pending() == 0;
    }

    /// The gateway itself asks for the body, once an endpoint is there to take it.
    private void sendContinue(BodyReader body) throws IOException {
        if (continueSent || !client.request().head().isExpectingContinue() || body.isEnded() || body.isTouched()
                || client.wire().in().hasRemaining()) {
            return;
        }
        continueSent = true;
        client.wire().out(HeadBytes.CONTINUE.length).put(HeadBytes.CONTINUE);
        client.wire().wantWrite(!client.wire().flush());
    }
}
