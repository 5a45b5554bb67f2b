package io.shanhai.gateway.nio;

import io.shanhai.gateway.Endpoint;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.http1.ResponseParser;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.gateway.upstream.Failure;
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
    private final Sending sending;
    private final ResponseHeads heads = new ResponseHeads();
    private final Delivery delivery = new Delivery();
    private Exchange x;
    /// Null between attempts and when the exchange is over.
    private UpstreamConnection upstream;
    private long deadlineNanos;
    private boolean interimSeen;
    private boolean responseBegun;
    private boolean keep;
    /// When the attempt must have a response head; the route's deadline when its tries have none of their own.
    private long tryDeadlineNanos;
    /// The pool has no place yet: nothing was attempted.
    private boolean waiting;
    /// Tells one exchange's wait from a later one's.
    private int turn;

    Relay(Loop loop, ClientConnection client) {
        this.loop = loop;
        this.client = client;
        this.sending = new Sending(loop, client);
    }

    void start(Exchange exchange) throws IOException {
        x = exchange;
        sending.begin();
        deadlineNanos = x.admittedNanos + x.route.timeoutNanos();
        tryDeadlineNanos = deadlineNanos;
        upstream = null;
        responseBegun = false;
        loop.wheel().schedule(client, deadlineNanos);
        boolean isBounded = x.route.balance().maxConnections() > 0; // others need nobody to call back, and no lambda
        waiting = !loop.parts().balancer().admit(exchange, isBounded ? caller() : null);
        if (!waiting) {
            attempt();
        }
    }

    private Runnable caller() {
        int own = ++turn;
        return () -> loop.offer(() -> placeIsFree(own));
    }

    private void placeIsFree(int whose) {
        if (turn != whose || !waiting) {
            return; // it gave up meanwhile, and gave the place back
        }
        waiting = false;
        try {
            attempt();
        } catch (IOException _) {
            clientGone();
        }
    }

    private void attempt() throws IOException {
        sending.beginAttempt();
        interimSeen = false;
        responseBegun = false;
        Endpoint endpoint = loop.parts().balancer().next(x);
        if (endpoint == null) {
            answer(loop.parts().balancer().unavailable(x));
            return;
        }
        limitTry();
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

    private void limitTry() {
        long perTry = x.route.retries().perTryNanos();
        if (perTry > 0) {
            long end = x.attemptNanos + perTry;
            tryDeadlineNanos = end - deadlineNanos < 0 ? end : deadlineNanos;
            loop.wheel().schedule(client, tryDeadlineNanos);
        }
    }

    private void answer(Answer answer) throws IOException {
        x = null;
        client.answerAfterRelay(answer);
    }

    void connected() {
        sending.head(x, upstream.wire());
        pumpRequest();
    }

    // Request: client -> upstream.

    void clientReadable() {
        if (sending.isBegun()) {
            pumpRequest();
        }
    }

    void upstreamWritable() {
        pumpRequest();
    }

    private void pumpRequest() {
        try {
            Malformed wrong = sending.pass(x, upstream.wire(), !responseBegun);
            if (wrong != null) {
                refuse(wrong);
            }
        } catch (IOException _) {
            clientGone();
        }
    }

    private void refuse(Malformed wrong) throws IOException {
        dropUpstream();
        if (responseBegun) {
            x.reason = wrong.reason();
            abortClient(x.status);
        } else {
            String title = wrong.status() == 413 ? "Content Too Large" : "Bad Request";
            answer(Problem.refuse(x, wrong.status(), wrong.reason(), title, wrong.detail()));
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
        if (balancer.mayRetryStatus(x, parser.status(), sending.isRepeatable(x))) {
            dropUpstream(); // its body is not worth reading
            attempt();
            return false;
        }
        Framing framing = parser.framing(x.method);
        delivery.begin(framing, client.request().head().minorVersion());
        keep = client.mayKeep() && !delivery.endsByClose();
        responseBegun = true;
        if (tryDeadlineNanos != deadlineNanos) {
            tryDeadlineNanos = deadlineNanos;
            loop.wheel().schedule(client, deadlineNanos);
        }
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
                && !sending.isRefused() && done.wire().pending() == 0 && !done.wire().in().hasRemaining();
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
        boolean again = balancer.mayRetry(x, failure, sending.isRepeatable(x));
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
        } else if (waiting) {
            waiting = false;
            answer(loop.parts().balancer().pendingTooLong(x));
        } else if (tryDeadlineNanos - deadlineNanos < 0) {
            failed(Failure.TIMEOUT, "no response within " + x.route.retries().perTryNanos() / 1_000_000 + " ms (retry.perTry)");
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
        waiting = false;
        client.abort(status);
    }

    private void dropUpstream() {
        if (upstream != null) {
            upstream.close();
            upstream = null;
        }
    }
}
