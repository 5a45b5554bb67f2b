package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.Verdict;
import io.shanhai.gateway.Verdict.Answer;
import io.shanhai.gateway.Verdict.Continue;
import io.shanhai.gateway.Verdict.Suspend;
import io.shanhai.gateway.http1.Malformed;
import java.io.IOException;
import java.net.InetSocketAddress;
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
    private static final int PIPELINE_BYTES = Loop.BUFFER_BYTES / 2; // pending answers beyond this leave at once
    private static final long LINGER_NANOS = 2_000_000_000L;

    private final Loop loop;
    private final Wire wire;
    private final RequestInHand request;
    private final AnswerWriter answers;
    private final Leftovers leftovers = new Leftovers();
    private Relay relay;
    private ClientState state = ClientState.HEAD;
    private boolean keep;
    private boolean inputEnded;
    private boolean serving;
    /// The head timeout of the head that is coming runs already.
    private boolean headTimed;

    ClientConnection(Loop loop, SocketChannel channel) throws IOException {
        this.loop = loop;
        this.wire = new Wire(loop, channel);
        this.answers = new AnswerWriter(wire, loop.answerHeads());
        this.request = new RequestInHand(loop, ((InetSocketAddress) channel.getRemoteAddress()).getAddress());
    }

    void open() throws IOException {
        wire.register(this, SelectionKey.OP_READ);
        loop.wheel().schedule(this, loop.now() + loop.parts().settings().headTimeout().toNanos());
    }

    Wire wire() {
        return wire;
    }

    RequestInHand request() {
        return request;
    }

    @Override
    public void ready(int ops) throws IOException {
        if ((ops & SelectionKey.OP_WRITE) != 0) {
            writable();
        }
        if (state != ClientState.CLOSED && (ops & SelectionKey.OP_READ) != 0) {
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
        if (state != ClientState.CLOSED && wire.isInFull()) {
            wire.wantRead(false); // whoever uses some of it wants again
        }
    }

    private void inputEnded() throws IOException {
        inputEnded = true;
        wire.wantRead(false);
        switch (state) {
            case HEAD -> serve(); // answers to what came before may be pending
            case RELAY -> relay.clientGone();
            case SUSPENDED, DISCARD, LINGER -> close();
            case ANSWER, CLOSED -> {
            }
        }
    }

    private void writable() throws IOException {
        if (state == ClientState.RELAY) {
            relay.clientWritable();
            return;
        }
        if (state == ClientState.ANSWER) {
            pumpAnswer();
        }
        serve();
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
            } while (state == ClientState.HEAD && wire.in().hasRemaining() && wire.pending() == 0);
        } finally {
            serving = false;
        }
    }

    private void takeRequests() throws IOException {
        while (state == ClientState.HEAD && wire.in().hasRemaining()) {
            if (wire.pending() > PIPELINE_BYTES && !wire.flush()) {
                return; // back-pressure: no further request before the client takes its answers
            }
            switch (request.parse(wire.in())) {
                case COMPLETE -> begin();
                case MALFORMED -> refuse(request.head().malformed());
                case INCOMPLETE -> {
                }
            }
        }
    }

    /// Nothing more can be done now: writes what is pending and sets what to wait for.
    private void settle() throws IOException {
        if (state == ClientState.CLOSED || state == ClientState.ANSWER) {
            return; // who answers waits for the socket already
        }
        boolean flushed = wire.flush();
        wire.wantWrite(!flushed);
        if (flushed && state == ClientState.LINGER) {
            wire.shutdownOutput();
        } else if (state == ClientState.HEAD) {
            awaitHead(flushed);
        }
    }

    private void awaitHead(boolean flushed) {
        boolean begun = request.isHeadBegun();
        request.awaitsInput();
        if (flushed && !wire.in().hasRemaining()) {
            if (inputEnded || loop.isDraining() && !begun) {
                close();
                return;
            }
            wire.releaseIn();
        }
        wire.wantRead(!inputEnded && !wire.isInFull());
        if (!begun) {
            request.release();
            loop.wheel().schedule(this, loop.now() + loop.parts().settings().idleTimeout().toNanos());
        } else if (!headTimed) {
            headTimed = true; // from its first byte: a client that drips bytes gains no time
            loop.wheel().schedule(this, loop.now() + loop.parts().settings().headTimeout().toNanos());
        }
    }

    private void begin() throws IOException {
        headTimed = false;
        Malformed refused = request.begin();
        if (refused != null) {
            refuse(refused);
        } else {
            decide(request.enter());
        }
    }

    private void decide(Verdict verdict) throws IOException {
        switch (verdict) {
            case Answer answer -> answer(answer);
            case Suspend suspend -> suspend(suspend);
            case Continue _ -> {
                state = ClientState.RELAY;
                if (relay == null) {
                    relay = new Relay(loop, this);
                }
                relay.start(request.exchange());
            }
        }
    }

    private void suspend(Suspend suspend) {
        state = ClientState.SUSPENDED;
        loop.wheel().remove(this);
        request.suspend(suspend, this::resume);
    }

    private void resume(Verdict verdict) {
        if (state == ClientState.CLOSED) {
            request.end();
            request.release();
            return;
        }
        state = ClientState.HEAD;
        wire.wantRead(!inputEnded && !wire.isInFull());
        try {
            decide(verdict);
            serve();
        } catch (IOException _) {
            stop();
        } catch (RuntimeException e) {
            loop.reportDefect(e);
            stop();
        }
    }

    /// Refuses bytes that never became an exchange, for the last time on this connection.
    private void refuse(Malformed malformed) throws IOException {
        keep = false;
        Answer answer = loop.parts().chain().malformed(Engine.NIO, malformed.status(), malformed.reason(), malformed.detail());
        answers.put(answer, false, keep, request.head().minorVersion());
        pumpAnswer();
    }

    /// The gateway answers the exchange itself; nothing of a response was sent yet.
    void answer(Answer answer) throws IOException {
        keep = mayKeep();
        Exchange x = request.exchange();
        x.status = answer.status();
        boolean isHead = x.method.equals("HEAD");
        x.responseBytes = isHead ? 0 : answer.body().length;
        if (answers.put(answer, isHead, keep, request.head().minorVersion())) {
            answered();
        } else {
            pumpAnswer();
        }
    }

    /// The gateway answers because the relay could not; nothing of a response was sent yet.
    void answerAfterRelay(Answer answer) throws IOException {
        state = ClientState.HEAD;
        answer(answer);
        serve();
    }

    /// Whether a further request may follow the one in hand.
    boolean mayKeep() {
        return request.mayKeep(!wire.in().hasRemaining());
    }

    /// Nothing else happens on this connection before the socket has taken what is pending.
    private void pumpAnswer() throws IOException {
        state = ClientState.ANSWER;
        boolean gone = answers.pump();
        wire.wantWrite(!gone);
        if (gone) {
            answered();
        } else {
            loop.wheel().schedule(this, loop.now() + loop.parts().settings().idleTimeout().toNanos());
        }
    }

    /// The relay has passed on a whole response.
    ///
    /// @param keepAlive what the response's head said
    void relayed(boolean keepAlive) throws IOException {
        keep = keepAlive;
        pumpAnswer();
        serve();
    }

    /// The whole response is in the wire's output or gone: ends the exchange and decides what the connection does next.
    private void answered() throws IOException {
        boolean bodyEnded = request.body().isEnded();
        boolean wasExchange = request.exchange() != null;
        request.end();
        leftovers.begin();
        if (keep) {
            state = bodyEnded ? ClientState.HEAD : ClientState.DISCARD;
            if (state == ClientState.DISCARD) {
                loop.wheel().schedule(this, loop.now() + loop.parts().settings().headTimeout().toNanos());
                discard();
            }
        } else if (wasExchange && bodyEnded && !wire.in().hasRemaining() && wire.flush()) {
            close();
        } else {
            beginLinger();
        }
    }

    private void beginLinger() {
        state = ClientState.LINGER;
        wire.wantRead(true);
        loop.wheel().schedule(this, loop.now() + LINGER_NANOS);
    }

    private void discard() throws IOException {
        switch (leftovers.skip(request.body(), wire.in())) {
            case ENDED -> state = ClientState.HEAD;
            case MORE -> wire.wantRead(true);
            case GIVE_UP -> {
                beginLinger();
                if (wire.flush()) {
                    wire.shutdownOutput();
                }
                linger();
            }
        }
    }

    private void linger() {
        if (leftovers.skipAll(wire.in()) == Leftovers.Progress.GIVE_UP) {
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
        if (request.isHeadBegun()) {
            refuse(request.late());
            serve();
        } else {
            close();
        }
    }

    @Override
    public void broken(Throwable cause) {
        stop();
    }

    /// Ends the exchange, if there is one, with `status`, and the connection without ceremony.
    void abort(int status) {
        if (request.exchange() != null && state != ClientState.SUSPENDED) {
            request.exchange().status = status;
            request.end();
        }
        close();
    }

    @Override
    public void drain() {
        if (state == ClientState.HEAD && !request.isHeadBegun() && wire.pending() == 0 && !wire.in().hasRemaining()) {
            close();
        }
    }

    @Override
    public void stop() {
        if (state == ClientState.RELAY) {
            relay.clientGone();
        } else {
            abort(Relay.CLIENT_GONE);
        }
    }

    private void close() {
        if (state == ClientState.CLOSED) {
            return;
        }
        boolean suspended = state == ClientState.SUSPENDED;
        state = ClientState.CLOSED;
        loop.wheel().remove(this);
        wire.close();
        loop.parts().connections().closed();
        if (!suspended) { // a suspended exchange still reads its headers; resume ends it
            request.release();
        }
    }
}
