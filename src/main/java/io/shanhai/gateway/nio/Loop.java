package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.http1.RequestParser;
import io.shanhai.gateway.http1.Spellings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread with one selector, its listening socket, its clients and its own upstream connections. Nothing is shared
/// between loops on the way of a request, so nothing is locked.
///
/// Thread safety: [#offer], [#drain], [#end] may be called by any thread; everything else by the loop's own.
final class Loop implements Runnable {

    /// Holds the largest head of default settings, and is what one read or write moves at most.
    static final int BUFFER_BYTES = 16 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final int KEPT_BUFFERS = 1024; // 16 MiB a loop: about 500 exchanges at work at the same time
    private static final int KEPT_PARSERS = 1024;

    /// What a selection key belongs to.
    interface Handler {

        void ready(int ops) throws IOException;

        /// Reading or writing failed, or our own code did: the connection is of no use any more.
        void broken(Throwable cause);

        /// Ends as soon as no request is at work.
        void drain();

        /// Ends now.
        void stop();
    }

    private final EngineParts parts;
    private final Selector selector;
    private final Consumer<SelectionKey> ready = this::ready;
    // One message per suspended exchange at most, and a few of the engine's own: bounded by gateway.max-connections.
    private final Queue<Runnable> mailbox = new ConcurrentLinkedQueue<>();
    private final DeadlineWheel wheel;
    private final FreeList<ByteBuffer> buffers;
    private final FreeList<RequestParser> parsers;
    private final Spellings spellings = new Spellings();
    private final FreeList<Exchange> exchanges = new FreeList<>(() -> null, KEPT_PARSERS);
    private final AnswerHeads answerHeads = new AnswerHeads();
    private final UpstreamPools pools;
    private long now;
    private boolean nowIsFresh;
    private boolean draining;
    private volatile boolean ending;
    private volatile boolean ended;

    /// @param loops how many there are, to share what is allowed per engine
    Loop(EngineParts parts, int loops) throws IOException {
        this.parts = parts;
        this.selector = Selector.open();
        this.now = System.nanoTime();
        this.wheel = new DeadlineWheel(now, this::reportDefect);
        this.buffers = new FreeList<>(() -> ByteBuffer.allocateDirect(BUFFER_BYTES), KEPT_BUFFERS);
        this.parsers = new FreeList<>(() -> new RequestParser(parts.limits(), spellings), KEPT_PARSERS);
        this.pools = new UpstreamPools(this, Math.max(1, parts.settings().upstreamIdleConnections() / loops));
    }

    /// Before the thread starts: takes over a bound, non-blocking socket.
    void listen(ServerSocketChannel server) throws IOException {
        new Acceptor(this, server);
    }

    EngineParts parts() {
        return parts;
    }

    Selector selector() {
        return selector;
    }

    DeadlineWheel wheel() {
        return wheel;
    }

    FreeList<ByteBuffer> buffers() {
        return buffers;
    }

    FreeList<RequestParser> parsers() {
        return parsers;
    }

    /// Exchanges that ended and that nobody keeps; `take` is null when there is none.
    FreeList<Exchange> exchanges() {
        return exchanges;
    }

    AnswerHeads answerHeads() {
        return answerHeads;
    }

    UpstreamPools pools() {
        return pools;
    }

    /// `System.nanoTime` when this turn's events came: exact enough for deadlines.
    long now() {
        return now;
    }

    boolean isDraining() {
        return draining;
    }

    /// Runs the task on the loop.
    ///
    /// @return false when the loop has ended; the task will not run then
    boolean offer(Runnable task) {
        mailbox.add(task);
        // `ended` is set before the last look into the mailbox: either that look or this one finds the task.
        if (ended && mailbox.remove(task)) {
            return false;
        }
        selector.wakeup();
        return true;
    }

    /// Lets nobody in, closes idle connections, and says `connection: close` from now on.
    void drain() {
        offer(() -> {
            draining = true;
            for (SelectionKey key : selector.keys().toArray(SelectionKey[]::new)) {
                ((Handler) key.attachment()).drain();
            }
        });
    }

    /// Asks the loop to end; its thread closes everything.
    void end() {
        ending = true;
        selector.wakeup();
    }

    @Override
    public void run() {
        try {
            while (!ending) {
                turn();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the selector failed", e);
        } finally {
            closeAll();
        }
    }

    private void turn() throws IOException {
        nowIsFresh = false;
        selector.select(ready, wheel.millisToNext(System.nanoTime()));
        refreshNow();
        for (Runnable task = mailbox.poll(); task != null; task = mailbox.poll()) {
            guarded(task);
        }
        wheel.advance(now);
    }

    private void refreshNow() {
        if (!nowIsFresh) {
            now = System.nanoTime();
            nowIsFresh = true;
        }
    }

    private void ready(SelectionKey key) {
        if (!key.isValid()) {
            return; // closed by an earlier event of this turn
        }
        refreshNow();
        Handler handler = (Handler) key.attachment();
        try {
            handler.ready(key.readyOps());
        } catch (IOException e) {
            guarded(() -> handler.broken(e));
        } catch (RuntimeException | Error e) {
            reportDefect(e);
            guarded(() -> handler.broken(e));
        }
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            reportDefect(e);
        }
    }

    /// One connection's trouble, ours to mend: it must not end the others'.
    void reportDefect(Throwable defect) {
        parts.loopFailures().increment();
        LOG.error("defect in a gateway loop", defect);
    }

    private void closeAll() {
        for (SelectionKey key : selector.keys().toArray(SelectionKey[]::new)) {
            guarded(((Handler) key.attachment())::stop);
        }
        ended = true;
        for (Runnable task = mailbox.poll(); task != null; task = mailbox.poll()) {
            guarded(task);
        }
        try {
            selector.close();
        } catch (IOException e) {
            LOG.warn("closing the selector failed: {}", e.toString());
        }
    }
}
