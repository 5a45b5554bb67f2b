package io.shanhai.gateway.helidon;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.socket.HelidonSocket;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.http1.RequestParser;
import io.shanhai.gateway.upstream.BodyStream;
import io.shanhai.gateway.upstream.ClientGoneException;
import io.shanhai.gateway.upstream.Deadlines.Deadline;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/// One client's HTTP/1.1 connection: request after request, read by the grammar both engines share. Helidon's own reader
/// is not used because it accepts chunk framing that RFC 9112 forbids, and no setting closes that.
final class Http1Connection implements BodyStream.Source {

    /*
     * The connection's thread waits without a timer; the deadline ends the wait. `phase` says what the deadline's end
     * means, and is written before the deadline is armed, so whoever fires it sees the phase it was armed for:
     *
     *     IDLE   no byte of a request yet    -> close
     *     HEAD   a head has begun            -> 408, close
     *     LINGER reading away what is left   -> close
     *
     * While an exchange runs the deadline is disarmed: the route's timeout bounds it.
     */
    private enum Phase {
        IDLE, HEAD, LINGER
    }

    private static final byte[] NOTHING = new byte[0];
    private static final long LINGER_NANOS = 2_000_000_000L; // for a client to notice the answer and stop sending
    private static final long QUIET_NANOS = 300_000_000L; // one round trip around the world: it has stopped
    private static final int LINGER_BYTES = 16 * 1024 * 1024; // what a fast client has under way by then
    private static final Malformed HEAD_TIMEOUT = new Malformed(408, "http1:head-timeout",
            "the request's head was not complete within gateway.head-timeout");

    private static final Malformed UPGRADE = new Malformed(501, "http1:upgrade", "WebSocket is not served yet");

    private final HelidonSocket socket;
    private final Http1Service service;
    private final Peer peer;
    private final Deadline deadline;
    private final RequestParser parser;
    private final Http1Body body;
    private final Http1Responder responder;
    private ByteBuffer in;
    private volatile Phase phase = Phase.HEAD;
    private volatile boolean stopping;

    /// @param first bytes that were read already
    /// @param deadline armed for the first head
    Http1Connection(HelidonSocket socket, Http1Service service, Peer peer, Deadline deadline, byte[] first) {
        this.socket = socket;
        this.service = service;
        this.peer = peer;
        this.deadline = deadline;
        this.in = ByteBuffer.wrap(first);
        this.parser = new RequestParser(service.limits());
        this.body = new Http1Body(this, service.maxBodyBytes());
        this.responder = new Http1Responder(this, body);
    }

    /// Serves until the connection ends. The caller closes the socket.
    void run() {
        try {
            while (awaitHead() && serve()) {
                // one request after another
            }
        } catch (IOException | ClientGoneException _) {
            // the client closed between requests or went away: its right, and counted where an exchange was cut
        }
    }

    /// @return false when the connection is over
    private boolean awaitHead() throws IOException {
        parser.reset();
        phase = in.hasRemaining() ? Phase.HEAD : Phase.IDLE;
        if (!deadline.arm(System.nanoTime() + (phase == Phase.HEAD ? service.headNanos() : service.idleNanos()))
                || stopping && phase == Phase.IDLE) {
            return false;
        }
        if (phase == Phase.IDLE) {
            fill();
        }
        for (;;) {
            switch (parser.parse(in)) {
                case COMPLETE -> {
                    return deadline.disarm();
                }
                case MALFORMED -> {
                    return deadline.disarm() && refuse(parser.malformed());
                }
                case INCOMPLETE -> {
                    if (phase == Phase.IDLE) {
                        phase = Phase.HEAD;
                        deadline.arm(System.nanoTime() + service.headNanos());
                    }
                    fill();
                }
            }
        }
    }

    /// @return false when the connection is over
    private boolean serve() throws IOException {
        body.begin(parser.framing(), parser.isExpectingContinue());
        Malformed refusal = isWebSocket() ? UPGRADE : body.refusal();
        if (refusal != null) {
            return refuse(refusal);
        }
        Exchange x = new Exchange(Engine.HELIDON, parser.method(), parser.path(), parser.query(), parser.host(),
                parser.authority(), parser.fields(), peer.address(), peer.isLoopback(), "http", System.nanoTime());
        responder.begin(parser.minorVersion(), parser.isKeepAlive());
        if (!service.courier().carry(x, responder)) {
            return false;
        }
        if (body.isFinished()) {
            return responder.keepsAlive();
        }
        return responder.keepsAlive() && body.isCheapToSkip() ? skipBody() : discard();
    }

    /// An offer of h2c (curl, the JDK's client) is ignored, as RFC 9110 section 7.8 allows; who wants a WebSocket and gets
    /// a plain response would only learn later that there is none.
    private boolean isWebSocket() {
        return parser.isUpgrade() && parser.fields().listHas("upgrade", "websocket");
    }

    /// Reads the rest of a body nobody wanted, so that the next request can be read.
    private boolean skipBody() throws IOException {
        linger();
        byte[] scratch = new byte[8 * 1024];
        while (!body.isFinished() && body.read(scratch, 0, scratch.length) >= 0) {
            // thrown away
        }
        return deadline.disarm();
    }

    /// Reads on for a while before closing: bytes left unread would make the kernel reset the connection, and the client
    /// would lose the answer.
    private boolean discard() throws IOException {
        long end = System.nanoTime() + LINGER_NANOS;
        phase = Phase.LINGER;
        in = ByteBuffer.wrap(NOTHING);
        for (int left = LINGER_BYTES; left > 0; left -= in.remaining()) {
            deadline.arm(Math.min(end, System.nanoTime() + QUIET_NANOS));
            in.position(in.limit());
            fill();
        }
        return false;
    }

    private boolean refuse(Malformed why) throws IOException {
        responder.refuse(service.malformed(why));
        return discard();
    }

    /// Gives the client a short time to end what it is sending.
    void linger() {
        phase = Phase.LINGER;
        deadline.arm(System.nanoTime() + LINGER_NANOS);
    }

    boolean isStopping() {
        return stopping;
    }

    /// No further request: an idle connection ends now, a busy one after its response.
    void stop() {
        stopping = true;
        if (phase == Phase.IDLE) {
            deadline.fire(); // if a request has come in the meantime, the deadline is disarmed or moved to its head
        }
    }

    /// The deadline has come; called by its thread, which must not block.
    void expire() {
        if (phase == Phase.HEAD && parser.isBegun()) {
            Thread.ofVirtual().name("shanhai-head-timeout").start(this::answerTimeout);
        } else {
            close();
        }
    }

    private void answerTimeout() {
        try {
            // The connection's own responder is idle: its thread waits for the head and finds the deadline fired.
            responder.refuse(service.malformed(HEAD_TIMEOUT));
        } catch (ClientGoneException _) {
            // nobody to tell
        } finally {
            close();
        }
    }

    void close() {
        try {
            socket.close();
        } catch (UncheckedIOException _) {
            // it was closed by the other side
        }
    }

    @Override
    public ByteBuffer buffered() {
        return in;
    }

    @Override
    public void fill() throws IOException {
        byte[] more;
        try {
            more = socket.get();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (more == null) {
            throw new EOFException("closed by the client");
        }
        in = in.hasRemaining() ? joined(in, more) : ByteBuffer.wrap(more);
    }

    private static ByteBuffer joined(ByteBuffer before, byte[] more) {
        return ByteBuffer.allocate(before.remaining() + more.length).put(before).put(more).flip();
    }

    void write(byte[] bytes, int from, int length) throws IOException {
        try {
            socket.write(BufferData.create(bytes, from, length));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
