package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.http1.Fields;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.ResponseParser;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// One exchange's attempts to get a response: [#send] for each endpoint the balancer chose, then the response's head,
/// then [#read] to its end, then [#close]. Confined to the exchange's thread.
public final class UpstreamCall implements AutoCloseable {

    private static final int SWITCHING_PROTOCOLS = 101;

    private final UpstreamClient client;
    private final Exchange x;
    private final RepeatableBody body;
    private UpstreamConnection connection;
    private Upload upload;
    private Framing framing;
    private boolean interim;

    UpstreamCall(UpstreamClient client, Exchange x, RequestBody body) {
        this.client = client;
        this.x = x;
        this.body = new RepeatableBody(x, body);
    }

    /// Sends the request to the exchange's endpoint and waits for the response's head.
    ///
    /// @throws UpstreamException the attempt failed
    /// @throws ClientGoneException the client did not send its body to the end
    /// @throws MalformedBodyException the client's body is malformed
    public void send() throws MalformedBodyException {
        abandon();
        awaitUploadQuietly();
        body.begin();
        interim = false;
        connection = client.connection(x, !x.isIdempotent() || !body.isFinished());
        try {
            writeRequest();
        } catch (IOException e) {
            failOnClient();
            if (connection.deadline().hasFired()) {
                throw failure(e);
            }
            // It may have answered before it stopped reading: 413 and close is legal. The response, or its absence, tells.
        }
        try {
            readHead();
        } catch (IOException e) {
            failOnClient();
            throw failure(e);
        }
        x.firstByteNanos = System.nanoTime();
        if (x.route.retries().perTryNanos() > 0 && !connection.deadline().arm(x.admittedNanos + x.route.timeoutNanos())) {
            throw new UpstreamException(Failure.TIMEOUT, timeout());
        }
        framing = parser().framing(x.method);
        connection.body().begin(framing);
    }

    private void writeRequest() throws IOException {
        var out = connection.out();
        if (!Forwarding.requestHead(x, body.length(), out)) {
            out.clear();
            throw new UpstreamException(Failure.BAD_RESPONSE, "the request's head does not fit into "
                    + out.capacity() + " bytes with the fields the gateway adds");
        }
        invite();
        upload = new Upload(connection, body);
        if (Upload.isAtHand(body, out.remaining())) {
            upload.appendTo(out);
            connection.flush();
        } else {
            connection.flush();
            upload.start();
        }
    }

    private void invite() {
        try {
            body.invite();
        } catch (IOException e) {
            throw new ClientGoneException("100 Continue: " + e.getMessage());
        }
    }

    /// True when the request can be sent once more as a whole: nobody has taken, or waits for, a byte of its body, or all of
    /// it is kept.
    public boolean isRepeatable() {
        return body.isRepeatable() && (body.taken() > 0 || upload == null || !upload.isStarted());
    }

    private void readHead() throws IOException {
        ResponseParser parser = parser();
        parser.reset();
        for (;;) {
            switch (parser.parse(connection.buffered())) {
                case INCOMPLETE -> connection.fill();
                case MALFORMED -> throw new UpstreamException(Failure.BAD_RESPONSE, parser.malformed().detail());
                case COMPLETE -> {
                    if (parser.status() >= 200) {
                        return;
                    }
                    skipInterim(parser);
                }
            }
        }
    }

    /// 100 and 103 are for the hop that asked; the gateway answers `Expect` itself.
    private void skipInterim(ResponseParser parser) {
        if (parser.status() == SWITCHING_PROTOCOLS) {
            throw new UpstreamException(Failure.BAD_RESPONSE, "101 without an Upgrade in the request");
        }
        interim = true;
        parser.reset();
    }

    private ResponseParser parser() {
        return connection.parser();
    }

    public int status() {
        return parser().status();
    }

    /// Of the status line as received, often `""`.
    public String reasonPhrase() {
        return parser().reasonPhrase();
    }

    /// Valid until the next [#send] or [#close].
    public Fields fields() {
        return parser().fields();
    }

    /// How the body ends that [#read] gives.
    public Framing framing() {
        return framing;
    }

    /// To a HEAD, the framing a GET would have had.
    public Framing declaredFraming() {
        return parser().declaredFraming();
    }

    /// True when [#read] would not wait.
    public boolean isBodyAtHand() {
        return connection.body().available() > 0;
    }

    /// True when [#read] has given, or will give, nothing more.
    public boolean isBodyFinished() {
        return connection.body().isFinished();
    }

    /// Waits only when nothing has come yet.
    ///
    /// @return how many bytes of the response's body were read; -1 at the end
    /// @throws UpstreamException it ended too early, too late or malformed
    public int read(byte[] into, int offset, int length) {
        try {
            return connection.body().read(into, offset, length);
        } catch (IOException e) {
            if (upload.clientFailure() != null) {
                throw new ClientGoneException("request body: " + upload.clientFailure().getMessage());
            }
            throw failure(e);
        }
    }

    /// Ends the current attempt: the connection is kept when both directions ended cleanly.
    private void abandon() {
        if (connection == null) {
            return;
        }
        UpstreamConnection ended = connection;
        if (framing != null && ended.body().isFinished() && framing.kind() != Framing.Kind.UNTIL_CLOSE
                && ended.parser().isKeepAlive() && upload.isSent() && !ended.buffered().hasRemaining()) {
            client.release(ended);
        } else {
            ended.close();
        }
        connection = null;
        framing = null;
    }

    /// The attempt before has ended and its connection is closed, or its upload is done: this takes no time.
    private void awaitUploadQuietly() {
        try {
            awaitUpload();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the engine closes: the attempt will fail
        }
    }

    /// Waits until nobody else reads the client's body. The client's connection may be needed to end the wait.
    public void awaitUpload() throws InterruptedException {
        if (upload != null) {
            upload.await();
        }
    }

    /// Gives the connection back. Idempotent.
    @Override
    public void close() {
        abandon();
    }

    private void failOnClient() throws MalformedBodyException {
        IOException client = upload == null ? null : upload.clientFailure();
        if (client instanceof MalformedBodyException malformed) {
            throw malformed;
        }
        if (client != null) {
            throw new ClientGoneException("request body: " + client.getMessage());
        }
    }

    private String timeout() {
        long perTry = x.route.retries().perTryNanos();
        boolean isTry = framing == null && perTry > 0 && System.nanoTime() - x.admittedNanos < x.route.timeoutNanos();
        return isTry
                ? "no response within " + TimeUnit.NANOSECONDS.toMillis(perTry) + " ms (retry.perTry)"
                : "no complete response within " + TimeUnit.NANOSECONDS.toMillis(x.route.timeoutNanos()) + " ms";
    }

    private UpstreamException failure(IOException e) {
        if (connection.deadline().hasFired()) {
            return new UpstreamException(Failure.TIMEOUT, timeout());
        }
        if (e instanceof MalformedBodyException) {
            return new UpstreamException(Failure.BAD_RESPONSE, e.getMessage());
        }
        boolean nothingCame = framing == null && !interim && !parser().isBegun();
        if (connection.isReused() && nothingCame) {
            return new UpstreamException(Failure.CLOSED_BEFORE_RESPONSE, "it closed a kept connection");
        }
        String how = e instanceof EOFException ? "it closed the connection" : "connection lost: " + e.getMessage();
        return new UpstreamException(Failure.RESET, how + (framing == null ? " before a response" : " within a response"));
    }
}
