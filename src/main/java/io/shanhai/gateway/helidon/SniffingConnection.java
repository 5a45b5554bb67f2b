package io.shanhai.gateway.helidon;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import io.shanhai.gateway.upstream.Deadlines.Deadline;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// A connection from its first byte: an HTTP/2 preface goes to Helidon's HTTP/2, all else to our HTTP/1.1. Helidon's own
/// way of telling them apart waits for 24 bytes without a time limit and closes HTTP/1.0.
final class SniffingConnection implements ServerConnection {

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ConnectionContext context;
    private final Listening listening;
    private final ServerConnectionSelector http2Selector;
    private volatile Http1Connection http1;
    private volatile ServerConnection http2;
    private volatile boolean stopping;
    private Thread thread; // guarded by this; null while nobody serves

    SniffingConnection(ConnectionContext context, Listening listening, ServerConnectionSelector http2Selector) {
        this.context = context;
        this.listening = listening;
        this.http2Selector = http2Selector;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        if (!listening.admit(this)) {
            return; // Helidon closes what it handed to us
        }
        Deadline deadline = listening.deadlines().register(this::expire);
        setThread(Thread.currentThread());
        try {
            serve(limit, deadline);
        } finally {
            setThread(null);
            deadline.unregister();
            listening.release(this);
        }
    }

    private void serve(Limit limit, Deadline deadline) throws InterruptedException {
        DataReader reader = context.dataReader();
        deadline.arm(System.nanoTime() + listening.service().headNanos());
        boolean isHttp2;
        try {
            isHttp2 = !stopping && startsWithPreface(reader);
        } catch (DataReader.InsufficientDataAvailableException | UncheckedIOException _) {
            return; // closed before it said anything
        }
        if (!isHttp2) {
            byte[] first = stopping ? new byte[0] : reader.readBytes(reader.available());
            http1 = new Http1Connection(context.serverSocket(), listening.service(), Peer.of(context.remotePeer()), deadline,
                    first);
            if (stopping) {
                http1.stop(); // stop() may have come before there was anybody to tell
            }
            http1.run();
        } else if (deadline.disarm()) {
            http2 = http2Selector.connection(context);
            serveHttp2(limit);
        }
    }

    private void serveHttp2(Limit limit) throws InterruptedException {
        try {
            http2.handle(limit);
        } catch (RuntimeException e) {
            if (!stopping) {
                throw e;
            }
            // Helidon interrupts idle connections to stop them, and then cannot say goodbye: nothing to warn about
        }
    }

    /// Reads until the bytes differ from the preface, or are all of it.
    private static boolean startsWithPreface(DataReader reader) {
        reader.ensureAvailable();
        for (;;) {
            int count = Math.min(reader.available(), PREFACE.length);
            BufferData seen = reader.getBuffer(count);
            for (int i = 0; i < count; i++) {
                if (seen.read() != PREFACE[i]) {
                    return false;
                }
            }
            if (count == PREFACE.length) {
                return true;
            }
            reader.pullData();
        }
    }

    private void expire() {
        Http1Connection current = http1;
        if (current != null) {
            current.expire();
        } else {
            closeSocket();
        }
    }

    private synchronized void setThread(Thread next) {
        thread = next;
    }

    /// Wakes a thread that waits for an instance: closing the client's socket would not.
    private synchronized void interruptThread() {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void closeSocket() {
        try {
            context.serverSocket().close();
        } catch (UncheckedIOException _) {
            // the other side was faster
        }
    }

    /// For Helidon's idle timer, which serves HTTP/2 only: our own connections have deadlines.
    @Override
    public Duration idleTime() {
        ServerConnection current = http2;
        return current == null ? Duration.ZERO : current.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
        stopping = true;
        Http1Connection first = http1;
        ServerConnection second = http2;
        if (second != null) {
            second.close(interrupt);
        } else if (interrupt) {
            closeSocket();
            interruptThread();
        } else if (first == null) {
            closeSocket();
        } else {
            first.stop();
        }
    }
}
