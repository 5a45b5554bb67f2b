package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.Verdict;
import io.shanhai.gateway.Verdict.Suspend;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.Malformed;
import io.shanhai.gateway.http1.Outcome;
import io.shanhai.gateway.http1.RequestParser;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// The one request a connection is at: from the first byte of its head to its leaving the chain.
final class RequestInHand {

    private final Loop loop;
    private final String clientAddress;
    private final boolean fromLoopback;
    private final BodyReader body = new BodyReader();
    /// Borrowed while a head is coming or its exchange goes on; null otherwise.
    private RequestParser head;
    /// Null before the head is whole and after the exchange left the chain.
    private Exchange x;
    private boolean suspended;
    /// When the request before this one ended, if this one was there by then; else 0. One look at the clock serves both.
    private long previousEnd;

    RequestInHand(Loop loop, InetAddress client) {
        this.loop = loop;
        this.clientAddress = client.getHostAddress();
        this.fromLoopback = client.isLoopbackAddress();
    }

    Outcome parse(ByteBuffer in) {
        if (head == null) {
            head = loop.parsers().take();
        }
        return head.parse(in);
    }

    /// What comes next was not there before.
    void awaitsInput() {
        previousEnd = 0;
    }

    boolean isHeadBegun() {
        return head != null && head.isBegun();
    }

    /// Once a head was parsed, whole or malformed, until [#end].
    RequestParser head() {
        return head;
    }

    BodyReader body() {
        return body;
    }

    /// Null when the request never became an exchange, or its exchange has ended.
    Exchange exchange() {
        return x;
    }

    /// The head is whole: makes the exchange.
    ///
    /// @return why it is refused before it is one; null when it is not
    Malformed begin() {
        body.begin(head.framing());
        long maxBody = loop.parts().settings().maxBodySize().bytes();
        if (maxBody > 0 && head.framing().length() > maxBody) {
            return new Malformed(413, "http1:body-too-large", "the body is larger than " + maxBody + " bytes");
        }
        // Only what is asked for is refused: an offer of h2c (curl, the JDK's client) is ignored, as RFC 9110 section 7.8 allows.
        if (head.isUpgrade() && head.fields().listHas("upgrade", "websocket")) {
            return new Malformed(501, "http1:upgrade",
                    "this port does not switch protocols; WebSocket and HTTP/2 are served on gateway.port");
        }
        x = newExchange(previousEnd != 0 ? previousEnd : System.nanoTime());
        suspended = false;
        return null;
    }

    private Exchange newExchange(long now) {
        Exchange used = loop.exchanges().take();
        if (used == null) {
            return new Exchange(Engine.NIO, head.method(), head.path(), head.query(), head.host(), head.authority(),
                    head.fields(), clientAddress, fromLoopback, "http", now);
        }
        used.renew(head.method(), head.path(), head.query(), head.host(), head.authority(), head.fields(), clientAddress,
                fromLoopback, "http", now);
        return used;
    }

    /// Lets a task elsewhere decide; `resume` is called on the loop with its verdict.
    void suspend(Suspend suspend, Consumer<Verdict> resume) {
        suspended = true;
        Exchange waiting = x;
        Thread.ofVirtual().name("nio-" + suspend.filter()).start(() -> {
            Verdict verdict = loop.parts().chain().runSuspended(waiting, suspend);
            if (!loop.offer(() -> resume.accept(verdict))) {
                leave(waiting); // the loop ended meanwhile: nobody else touches this exchange any more
            }
        });
    }

    Malformed late() {
        return new Malformed(408, "http1:head-timeout", "the request head was not complete within "
                + loop.parts().settings().headTimeout().toMillis() + " ms");
    }

    /// Asks the chain. A filter that throws is our defect and the client's 500.
    Verdict enter() {
        try {
            return loop.parts().chain().enter(x);
        } catch (RuntimeException e) {
            loop.reportDefect(e);
            return Problem.refuse(x, 500, "gateway:defect", "Internal Server Error",
                    "The gateway failed; its log says why.");
        }
    }

    /// Whether a further request may follow this one.
    ///
    /// @param bodyMayWait nothing of the body is there yet
    boolean mayKeep(boolean bodyMayWait) {
        if (!head.isKeepAlive() || loop.isDraining()) {
            return false;
        }
        if (body.isEnded()) {
            return true;
        }
        // Who still waits for 100 Continue sends the body or does not: we could not tell it from the next request.
        boolean waits = head.isExpectingContinue() && !body.isTouched() && bodyMayWait;
        Framing framing = head.framing();
        return !waits && body.malformed() == null && framing.length() - body.bytes() <= Leftovers.MAX_BYTES;
    }

    /// The exchange, if there is one, leaves the chain; the head is forgotten.
    void end() {
        if (x != null) {
            Exchange ended = x;
            x = null;
            ended.requestBytes = body.bytes();
            leave(ended);
            // A task, the way upstream or a log may keep it; an answer that was at hand passes none of them.
            if (!suspended && ended.wasAtHand()) {
                loop.exchanges().give(ended);
            }
        }
        if (head != null) {
            head.reset();
        }
    }

    /// The last stamp, then the chain's end.
    void leave(Exchange ended) {
        ended.endNanos = System.nanoTime();
        previousEnd = ended.endNanos;
        loop.parts().chain().leave(ended);
    }

    /// Between requests nothing is borrowed. Not before [#end].
    void release() {
        if (head != null) {
            head.reset();
            loop.parsers().give(head);
            head = null;
        }
    }
}
