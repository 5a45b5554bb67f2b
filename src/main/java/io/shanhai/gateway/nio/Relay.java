package io.shanhai.gateway.nio;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.ResponseParser;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.gateway.upstream.Failure;
import io.shanhai.gateway.upstream.Forwarding;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Carries one exchange at a time between a client and an endpoint: request head and body one way, response head and
/// body the other, both at once, neither faster than its receiver.
final class Relay {

    /*
     * No body byte is copied when the receiver keeps up: what was read from one socket is written from the same buffer to
     * the other. Back-pressure needs no queue: while the receiver is full, the sender is not read.
     *
     * Every write is guarded on its own side, because the two sides fail differently: a client that is gone ends the
     * exchange (499); an endpoint that stops reading may have sent its response first (413, 401), so that is read before
     * anything is decided.
     */
    static final int CLIENT_GONE = 499; // nginx's convention

    private final Loop loop;
    private final ClientConnection client;
    private final ResponseHeads heads = new ResponseHeads();
    private final Delivery delivery = new Delivery();
    private Exchange x;
    /// Null between attempts and when the exchange is over.
    private UpstreamConnection upstream;
    private long deadlineNanos;
    private boolean requestSent;
    private boolean requestRefused;
    private boolean continueSent;
    private boolean interimSeen;
    private boolean responseBegun;
    private boolean keep;

    Relay(Loop loop, ClientConnection client) {
        this.loop = loop;
        this.client = client;
    }

    void start(Exchange exchange) throws IOException {
        x = exchange;
        continueSent = false;
        deadlineNanos = x.admittedNanos + x.route.timeoutNanos();
        loop.wheel().schedule(client, deadlineNanos);
        attempt();
    }

    private void attempt() throws IOException {
        requestSent = false;
        requestRefused = false;
        interimSeen = false;
        responseBegun = false;
        Endpoint endpoint = loop.parts().balancer().next(x);
        if (endpoint == null) {
            answer(loop.parts().balancer().unavailable(x));
            return;
        }
        UpstreamConnection kept = loop.pools().take(endpoint);
        if (kept != null) {
            upstream = kept;
            kept.employ(this);
            connected();
            return;
        }
        try {
            upstream = UpstreamConnection.connect(loop, endpoint, this);
        } catch (IOException e) {
            failed(Failure.CONNECT_REFUSED, "connecting failed: " + e.getMessage());
        }
    }

    private void answer(Answer answer) throws IOException {
        x = null;
        client.answerAfterRelay(answer);
    }

    void connected() {
        Wire wire = upstream.wire();
        if (!Forwarding.requestHead(x, bodyLength(), wire.out(Loop.BUFFER_BYTES))) {
            // Our own fields made a head at the limit longer than the buffer: the only case, and bounded.
            wire.out(0).clear();
            int room = 2 * loop.parts().limits().headBytes() + Loop.BUFFER_BYTES;
            if (!Forwarding.requestHead(x, bodyLength(), wire.out(room))) {
                throw new IllegalStateException("a request head is longer than " + room + " bytes");
            }
        }
        requestSent = true;
        pumpRequest();
    }

    private long bodyLength() {
        Framing framing = client.request().head().framing();
        return switch (framing.kind()) {
            case LENGTH -> framing.length();
            case CHUNKED -> Forwarding.CHUNKED;
            case NONE, UNTIL_CLOSE -> Forwarding.NO_BODY;
        };
    }

    // Request: client -> upstream.

    void clientReadable() {
        if (requestSent) {
            pumpRequest();
        }
    }

    void upstreamWritable() {
        pumpRequest();
    }

    private void pumpRequest() {
        try {
            passRequestOn();
        } catch (IOException _) {
            clientGone();
        }
    }

    /// @throws IOException when the client is gone; an endpoint's trouble is dealt with here
    private void passRequestOn() throws IOException {
        BodyReader body = client.request().body();
        ByteBuffer in = client.wire().in();
        int count = body.available(in);
        if (body.malformed() != null) {
            requestMalformed(body);
            return;
        }
        if (isTooLarge(body)) {
            refuse(413, "http1:body-too-large", "Content Too Large",
                    "The body is larger than " + loop.parts().settings().maxBodySize().bytes() + " bytes.");
            return;
        }
        if (requestRefused) {
            return;
        }
        boolean blocked;
        try {
            Wire wire = upstream.wire();
            if (count > 0) {
                int taken = wire.write(in, count);
                body.used(taken);
                blocked = taken < count || wire.pending() > 0;
            } else {
                blocked = !wire.flush();
            }
            wire.wantWrite(blocked);
        } catch (IOException _) {
            requestRefused = true; // its response, if there is one, or its end is read next
            upstream.wire().wantWrite(false);
            client.wire().wantRead(false);
            return;
        }
        // While the endpoint is full the client is not read, but for one thing: its buffer notices that it left.
        client.wire().wantRead(!client.wire().isInFull());
        sendContinue(body);
    }

    private boolean isTooLarge(BodyReader body) {
        long max = loop.parts().settings().maxBodySize().bytes();
        return max > 0 && body.bytes() > max;
    }

    /// The gateway itself asks for the body, once an endpoint is there to take it.
    private void sendContinue(BodyReader body) throws IOException {
        if (continueSent || !client.request().head().isExpectingContinue() || body.isEnded() || body.isTouched()
                || client.wire().in().hasRemaining() || responseBegun) {
            return;
        }
        continueSent = true;
        client.wire().out(HeadBytes.CONTINUE.length).put(HeadBytes.CONTINUE);
        client.wire().wantWrite(!client.wire().flush());
    }

    private void requestMalformed(BodyReader body) throws IOException {
        refuse(400, body.malformed().reason(), "Bad Request", "The body: " + body.malformed().detail() + ".");
    }

    private void refuse(int status, String reason, String title, String detail) throws IOException {
        dropUpstream();
        if (responseBegun) {
            x.reason = reason;
            abortClient(x.status);
        } else {
            answer(Problem.refuse(x, status, reason, title, detail));
        }
    }

    // Response: upstream -> client.

    void upstreamReadable() {
        UpstreamConnection source = upstream;
        int read;
        try {
            read = source.wire().read();
        } catch (IOException e) {
            upstreamBroken(e);
            return;
        }
        try {
            if (responseBegun || readHead()) {
                pumpResponse();
            }
            if (read == Wire.END && upstream == source) { // another attempt may have taken its place
                upstreamEnded("it closed the connection");
            }
        } catch (IOException _) {
            clientGone();
        }
    }

    /// A 100 was answered by us; others are passed on (RFC 9110 section 15.2), but not to HTTP/1.0, which knows none.
    private void passInterimOn(ResponseParser parser) throws IOException {
        boolean wanted = parser.status() != 100 && client.request().head().minorVersion() > 0;
        if (wanted && client.wire().pending() < Loop.BUFFER_BYTES) { // a flood of them to a slow client is not kept
            heads.writeInterim(parser, client.wire());
            client.wire().wantWrite(!client.wire().flush());
        }
    }

    /// @return true when the response's body may be passed on
    private boolean readHead() throws IOException {
        ResponseParser parser = upstream.parser();
        for (;;) {
            switch (parser.parse(upstream.wire().in())) {
                case INCOMPLETE -> {
                    upstream.wire().releaseIn();
                    return false;
                }
                case MALFORMED -> {
                    failed(Failure.BAD_RESPONSE, "its response is malformed: " + parser.malformed().detail());
                    return false;
                }
                case COMPLETE -> {
                    if (parser.status() >= 200) {
                        return beginResponse(parser);
                    }
                    if (parser.status() == 101) {
                        failed(Failure.BAD_RESPONSE, "it switched protocols without being asked");
                        return false;
                    }
                    interimSeen = true;
                    passInterimOn(parser);
                    parser.reset();
                }
            }
        }
    }

    private boolean beginResponse(ResponseParser parser) throws IOException {
        x.firstByteNanos = System.nanoTime();
        Balancer balancer = loop.parts().balancer();
        if (balancer.mayRetryStatus(x, parser.status(), !client.request().body().isTouched())) {
            dropUpstream(); // its body is not worth reading
            attempt();
            return false;
        }
        Framing framing = parser.framing(x.method);
        delivery.begin(framing, client.request().head().minorVersion());
        keep = client.mayKeep() && !delivery.endsByClose();
        responseBegun = true;
        x.status = parser.status();
        heads.write(x, parser, delivery.framing(framing), client, keep);
        return true;
    }

    void clientWritable() throws IOException {
        if (responseBegun) {
            pumpResponse();
        } else {
            client.wire().wantWrite(!client.wire().flush()); // earlier answers, or a 100 Continue
        }
    }

    private void pumpResponse() throws IOException {
        Wire to = client.wire();
        ByteBuffer in = upstream.wire().in();
        boolean taken = delivery.pass(in, to);
        if (delivery.isEnded()) {
            finish();
            return;
        }
        if (delivery.malformed() != null) {
            cutShort(Failure.BAD_RESPONSE);
            return;
        }
        boolean blocked = !to.flush() || !taken;
        to.wantWrite(blocked);
        upstream.wire().wantRead(!blocked);
        upstream.wire().releaseIn();
    }

    private void finish() throws IOException {
        delivery.end(client.wire());
        UpstreamConnection done = upstream;
        upstream = null;
        boolean reusable = !delivery.usesUpConnection() && done.parser().isKeepAlive() && client.request().body().isEnded()
                && !requestRefused
                && done.wire().pending() == 0 && !done.wire().in().hasRemaining();
        if (reusable) {
            done.release();
        } else {
            done.close();
        }
        x.responseBytes = delivery.bytes();
        x = null;
        client.relayed(keep);
    }

    void upstreamBroken(Throwable cause) {
        try {
            upstreamEnded(cause.getMessage() == null ? cause.toString() : cause.getMessage());
        } catch (IOException _) {
            clientGone();
        }
    }

    private void upstreamEnded(String how) throws IOException {
        if (!responseBegun) {
            boolean silent = upstream.isReused() && !interimSeen && !upstream.parser().isBegun();
            failed(silent ? Failure.CLOSED_BEFORE_RESPONSE : Failure.RESET, "no response: " + how);
        } else if (delivery.connectionEnded()) {
            finish();
        } else {
            cutShort(Failure.RESET);
        }
    }

    // Failures.

    /// The attempt failed before anything of a response was passed on.
    void failed(Failure failure, String detail) {
        dropUpstream();
        Balancer balancer = loop.parts().balancer();
        boolean again = balancer.mayRetry(x, failure, !client.request().body().isTouched());
        try {
            // The route's deadline is for all attempts together.
            if (again && System.nanoTime() < deadlineNanos) {
                attempt();
            } else {
                answer(balancer.failed(x, failure, detail));
            }
        } catch (IOException _) {
            clientGone();
        }
    }

    /// The response stops in the middle: all we can do is let the client see that.
    private void cutShort(Failure failure) {
        loop.parts().balancer().mayRetry(x, failure, false); // counts the failure; it is too late for another attempt
        x.reason = "upstream:" + failure.word();
        dropUpstream();
        if (delivery.endsByClose()) {
            client.wire().resetOnClose(); // an orderly end would look like the body's end
        }
        abortClient(x.status);
    }

    void timedOut() throws IOException {
        if (responseBegun) {
            cutShort(Failure.TIMEOUT);
        } else {
            failed(Failure.TIMEOUT, "no response within " + x.route.timeoutNanos() / 1_000_000 + " ms");
        }
    }

    void clientGone() {
        dropUpstream();
        abortClient(CLIENT_GONE);
    }

    private void abortClient(int status) {
        if (x != null) {
            x.responseBytes = responseBegun ? delivery.bytes() : 0;
        }
        x = null;
        client.abort(status);
    }

    private void dropUpstream() {
        if (upstream != null) {
            upstream.close();
            upstream = null;
        }
    }
}
