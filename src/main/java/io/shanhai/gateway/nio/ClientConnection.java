package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.Verdict.Continue;
import io.shanhai.gateway.Verdict.Suspend;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.http1.RequestParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/// One client: its requests one after the other, in order.
final class ClientConnection extends Timed implements Loop.Handler {

    /*
     * HOT PATH. A kept connection goes HEAD -> (chain) -> HEAD for direct answers and HEAD -> RELAY -> HEAD for proxied
     * ones. Answers to pipelined requests collect in the wire's output and leave in one write; what follows the request
     * in hand stays in the wire's input until its turn comes.
     *
     * An exchange leaves the chain when its last byte was handed to the wire's output, before the next head is parsed:
     * the next one reuses its headers. Only an answer too large for the output waits for the socket (ANSWER).
     */
    private enum State {
        /// Between requests, or a head is coming.
        HEAD,
        /// A filter's task runs elsewhere; nothing is read.
        SUSPENDED,
        RELAY,
        /// The response is decided and the socket takes it slower than we give.
        ANSWER,
        /// Answered; the rest of the request's body is read and thrown away.
        DISCARD,
        /// Answered for the last time; what the client still sends is read, so that the answer is not lost to a reset.
        LINGER,
        CLOSED
    }

    private static final int PIPELINE_BYTES = Loop.BUFFER_BYTES / 2; // pending answers beyond this leave at once
    private static final int SMALL_HEAD_BYTES = 128; // Connection field and empty line, with room to spare
    private static final long DISCARD_BYTES = 64 * 1024; // a larger rest costs more than a new connection
    private static final long LINGER_NANOS = 2_000_000_000L;

    private final Loop loop;
    private final Wire wire;
    private final String address;
    private final boolean fromLoopback;
    private final BodyReader requestBody = new BodyReader();
    private Relay relay;
    private State state = State.HEAD;
    private RequestParser parser;
    private Exchange x;
    /// What of an answer's body did not fit yet; null when all did.
    private ByteBuffer bodyRest;
    private boolean keep;
    private boolean inputEnded;
    private boolean serving;
    /// The head timeout of the head that is coming runs already.
    private boolean headTimed;
    private long discarded;

    ClientConnection(Loop loop, SocketChannel channel) throws IOException {
        this.loop = loop;
        this.wire = new Wire(loop, channel);
        InetAddress peer = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
        this.address = peer.getHostAddress();
        this.fromLoopback = peer.isLoopbackAddress();
    }

    void open() throws IOException {
        wire.register(this, SelectionKey.OP_READ);
        loop.wheel().schedule(this, loop.now() + loop.parts().settings().headTimeout().toNanos());
    }

    Wire wire() {
        return wire;
    }

    BodyReader requestBody() {
        return requestBody;
    }

    RequestParser request() {
        return parser;
    }

    @Override
    public void ready(int ops) throws IOException {
        if ((ops & SelectionKey.OP_WRITE) != 0) {
            writable();
        }
        if (state != State.CLOSED && (ops & SelectionKey.OP_READ) != 0) {
            readable();
        }
    }

    private void readable() throws IOException {
        if (wire.read() == Wire.END) {
            inputEnded();
            return;
        }
        switch (state) {
            case HEAD -> serve();
            case RELAY -> relay.clientReadable();
            case DISCARD -> {
                discard();
                serve();
            }
            case LINGER -> linger();
            case SUSPENDED, ANSWER, CLOSED -> {
            }
        }
        if (state != State.CLOSED && wire.isInFull()) {
            wire.wantRead(false); // whoever uses some of it wants again
        }
    }

    private void inputEnded() throws IOException {
        inputEnded = true;
        wire.wantRead(false);
        switch (state) {
            case HEAD -> serve(); // answers to what came before may be pending
            case RELAY -> relay.clientGone();
            case DISCARD, LINGER -> close();
            case SUSPENDED, ANSWER, CLOSED -> {
            }
        }
    }

    private void writable() throws IOException {
        if (state == State.RELAY) {
            relay.clientWritable();
        } else if (state == State.ANSWER) {
            pumpAnswer();
            serve();
        } else {
            serve();
        }
    }

    /// Takes one request after the other out of the input, as long as they can be answered at once. What ends an exchange
    /// calls it too; within itself that does nothing, so that a pipeline is a loop and not a recursion.
    private void serve() throws IOException {
        if (serving) {
            return;
        }
        serving = true;
        try {
            do {
                takeRequests();
                settle();
                // The socket may have taken between the two what it refused at first: then there is no event to wait for.
            } while (state == State.HEAD && wire.in().hasRemaining() && wire.pending() == 0);
        } finally {
            serving = false;
        }
    }

    private void takeRequests() throws IOException {
        while (state == State.HEAD && wire.in().hasRemaining()) {
            if (wire.pending() > PIPELINE_BYTES && !wire.flush()) {
                return; // back-pressure: no further request before the client takes its answers
            }
            if (parser == null) {
                parser = loop.parsers().take();
            }
            switch (parser.parse(wire.in())) {
                case COMPLETE -> begin();
                case MALFORMED -> refuse(parser.malformed());
                case INCOMPLETE -> {
                }
            }
        }
    }

    /// Nothing more can be done now: writes what is pending and sets what to wait for.
    private void settle() throws IOException {
        if (state == State.CLOSED || state == State.ANSWER) {
            return; // who answers waits for the socket already
        }
        boolean flushed = wire.flush();
        wire.wantWrite(!flushed);
        if (flushed && state == State.LINGER) {
            wire.shutdownOutput();
        } else if (state == State.HEAD) {
            awaitHead(flushed);
        }
    }

    private void awaitHead(boolean flushed) {
        boolean begun = parser != null && parser.isBegun();
        if (flushed && !wire.in().hasRemaining()) {
            if (inputEnded || loop.isDraining() && !begun) {
                close();
                return;
            }
            wire.releaseIn();
        }
        wire.wantRead(!inputEnded && !wire.isInFull());
        if (!begun) {
            giveParserBack();
            loop.wheel().schedule(this, loop.now() + loop.parts().settings().idleTimeout().toNanos());
        } else if (!headTimed) {
            headTimed = true; // from its first byte: a client that drips bytes gains no time
            loop.wheel().schedule(this, loop.now() + loop.parts().settings().headTimeout().toNanos());
        }
    }

    private void begin() throws IOException {
        headTimed = false;
        requestBody.begin(parser.framing());
        long maxBody = loop.parts().settings().maxBodySize().bytes();
        if (maxBody > 0 && parser.framing().length() > maxBody) {
            refuse(new Malformed(413, "http1:body-too-large", "the body is larger than " + maxBody + " bytes"));
            return;
        }
        if (parser.isUpgrade()) {
            refuse(new Malformed(501, "http1:upgrade",
                    "this port does not switch protocols; WebSocket and HTTP/2 are served on gateway.port"));
            return;
        }
        x = new Exchange(Engine.NIO, parser.method(), parser.path(), parser.query(), parser.host(), parser.authority(),
                parser.fields(), address, fromLoopback, "http", System.nanoTime());
        Verdict verdict;
        try {
            verdict = loop.parts().chain().enter(x);
        } catch (RuntimeException e) {
            loop.reportDefect(e);
            verdict = Problem.refuse(x, 500, "gateway:defect", "Internal Server Error", "The gateway failed; its log says why");
        }
        decide(verdict);
    }

    private void decide(Verdict verdict) throws IOException {
        switch (verdict) {
            case Answer answer -> answer(answer);
            case Suspend suspend -> suspend(suspend);
            case Continue _ -> {
                state = State.RELAY;
                if (relay == null) {
                    relay = new Relay(loop, this);
                }
                relay.start(x);
            }
        }
    }

    private void suspend(Suspend suspend) {
        state = State.SUSPENDED;
        wire.wantRead(false);
        loop.wheel().remove(this);
        Exchange suspended = x;
        Thread.ofVirtual().name("nio-" + suspend.filter()).start(() -> {
            Verdict verdict = loop.parts().chain().runSuspended(suspended, suspend);
            if (!loop.offer(() -> resume(verdict))) {
                leave(suspended); // the loop ended meanwhile: nobody else touches this exchange any more
            }
        });
    }

    private void resume(Verdict verdict) {
        if (state == State.CLOSED) {
            endExchange();
            return;
        }
        state = State.HEAD;
        wire.wantRead(!inputEnded);
        try {
            decide(verdict);
            serve();
        } catch (IOException e) {
            broken(e);
        } catch (RuntimeException e) {
            loop.reportDefect(e);
            broken(e);
        }
    }

    /// Refuses bytes that never became an exchange, for the last time on this connection.
    private void refuse(Malformed malformed) throws IOException {
        keep = false;
        Answer answer = loop.parts().chain().malformed(Engine.NIO, malformed.status(), malformed.reason(), malformed.detail());
        writeAnswer(answer, false);
        state = State.ANSWER;
        pumpAnswer();
    }

    /// The gateway answers the exchange itself; nothing of a response was sent yet.
    void answer(Answer answer) throws IOException {
        keep = mayKeep();
        x.status = answer.status();
        boolean head = x.method.equals("HEAD");
        x.responseBytes = head ? 0 : answer.body().length;
        writeAnswer(answer, head);
        if (bodyRest == null) {
            answered();
        } else {
            state = State.ANSWER;
            pumpAnswer();
        }
    }

    /// The gateway answers after all, because the relay could not; nothing of a response was sent yet.
    void answerAfterRelay(Answer answer) throws IOException {
        state = State.HEAD;
        answer(answer);
        serve();
    }

    /// Whether a further request may follow the one in hand.
    boolean mayKeep() {
        if (!parser.isKeepAlive() || loop.isDraining()) {
            return false;
        }
        if (requestBody.isEnded()) {
            return true;
        }
        // Who still waits for 100 Continue sends the body or does not: we could not tell it from the next request.
        boolean waits = parser.isExpectingContinue() && !requestBody.isTouched() && !wire.in().hasRemaining();
        Framing framing = parser.framing();
        return !waits && requestBody.malformed() == null && framing.length() - requestBody.bytes() <= DISCARD_BYTES;
    }

    private void writeAnswer(Answer answer, boolean withoutBody) {
        byte[] head = loop.answerHeads().of(answer);
        ByteBuffer out = wire.out(head.length + SMALL_HEAD_BYTES);
        out.put(head);
        endHead(out, keep);
        byte[] body = answer.body();
        if (withoutBody || body.length == 0 || answer.status() == 204 || answer.status() == 304) {
            return;
        }
        if (body.length <= out.remaining()) {
            out.put(body);
        } else {
            bodyRest = ByteBuffer.wrap(body);
        }
    }

    /// Connection field and empty line.
    void endHead(ByteBuffer out, boolean keepAlive) {
        if (!keepAlive) {
            out.put(HeadBytes.CLOSE);
        } else if (parser.minorVersion() == 0) {
            out.put(HeadBytes.KEEP_ALIVE);
        }
        out.put(HeadBytes.CRLF);
    }

    private void pumpAnswer() throws IOException {
        while (bodyRest != null) {
            ByteBuffer out = wire.out(1);
            int count = Math.min(out.remaining(), bodyRest.remaining());
            out.put(bodyRest.slice(bodyRest.position(), count));
            bodyRest.position(bodyRest.position() + count);
            if (!bodyRest.hasRemaining()) {
                bodyRest = null;
            }
            if (!wire.flush()) {
                break;
            }
        }
        if (bodyRest != null || !wire.flush()) {
            wire.wantWrite(true);
            loop.wheel().schedule(this, loop.now() + loop.parts().settings().idleTimeout().toNanos());
            return;
        }
        wire.wantWrite(false);
        answered();
    }

    /// The relay has passed on a whole response.
    ///
    /// @param keepAlive what the response's head said
    void relayed(boolean keepAlive) throws IOException {
        keep = keepAlive;
        state = State.ANSWER;
        pumpAnswer();
        serve();
    }

    /// The whole response is in the wire's output or gone: ends the exchange and decides what the connection does next.
    private void answered() throws IOException {
        boolean bodyEnded = requestBody.isEnded();
        boolean wasExchange = x != null;
        endExchange();
        if (keep) {
            state = bodyEnded ? State.HEAD : State.DISCARD;
            discarded = 0;
            if (state == State.DISCARD) {
                loop.wheel().schedule(this, loop.now() + loop.parts().settings().headTimeout().toNanos());
                discard();
            }
        } else if (wasExchange && bodyEnded && !wire.in().hasRemaining() && wire.flush()) {
            close();
        } else {
            state = State.LINGER;
            wire.wantRead(true);
            loop.wheel().schedule(this, loop.now() + LINGER_NANOS);
        }
    }

    private void discard() throws IOException {
        ByteBuffer in = wire.in();
        int count = requestBody.available(in);
        in.position(in.position() + count);
        requestBody.used(count);
        discarded += count;
        if (requestBody.isEnded()) {
            state = State.HEAD;
        } else if (requestBody.malformed() != null || discarded > DISCARD_BYTES) {
            close();
        } else {
            wire.wantRead(true);
        }
    }

    private void linger() {
        ByteBuffer in = wire.in();
        discarded += in.remaining();
        in.position(in.limit());
        if (discarded > DISCARD_BYTES) {
            close();
        }
    }

    @Override
    void expired(long nowNanos) {
        try {
            switch (state) {
                case RELAY -> relay.timedOut();
                case HEAD -> headExpired();
                case ANSWER -> abort(Relay.CLIENT_GONE);
                case DISCARD, LINGER -> close();
                case SUSPENDED, CLOSED -> {
                }
            }
        } catch (IOException e) {
            broken(e);
        }
    }

    private void headExpired() throws IOException {
        if (parser != null && parser.isBegun()) {
            refuse(new Malformed(408, "http1:head-timeout", "the request head was not complete within "
                    + loop.parts().settings().headTimeout().toMillis() + " ms"));
        } else {
            close();
        }
    }

    @Override
    public void broken(Throwable cause) {
        if (state == State.RELAY) {
            relay.clientGone();
        } else {
            abort(Relay.CLIENT_GONE);
        }
    }

    /// Ends the exchange, if there is one, with `status`, and the connection without ceremony.
    void abort(int status) {
        if (x != null && state != State.SUSPENDED) {
            x.status = status;
            endExchange();
        }
        close();
    }

    private void endExchange() {
        if (x != null) {
            Exchange ended = x;
            x = null;
            ended.requestBytes = requestBody.bytes();
            leave(ended);
        }
        if (parser != null) {
            parser.reset();
        }
    }

    private void leave(Exchange ended) {
        ended.endNanos = System.nanoTime();
        loop.parts().chain().leave(ended);
    }

    private void giveParserBack() {
        if (parser != null) {
            loop.parsers().give(parser);
            parser = null;
        }
    }

    @Override
    public void drain() {
        if (state == State.HEAD && (parser == null || !parser.isBegun()) && wire.pending() == 0 && !wire.in().hasRemaining()) {
            close();
        }
    }

    @Override
    public void stop() {
        if (state == State.RELAY) {
            relay.clientGone();
        } else {
            abort(Relay.CLIENT_GONE);
        }
    }

    private void close() {
        if (state == State.CLOSED) {
            return;
        }
        boolean suspended = state == State.SUSPENDED;
        state = State.CLOSED;
        loop.wheel().remove(this);
        wire.close();
        loop.parts().connections().closed();
        if (parser != null && !suspended) { // a suspended exchange still reads its headers; resume ends it
            parser.reset();
            giveParserBack();
        }
    }
}
