package io.shanhai.admin;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Closes connections whose request is not complete in time. Helidon 4.5.0 has no read timeout on accepted sockets:
/// half a head, sent and left, would hold one of the door's connections for ever.
final class RequestDeadlines implements Http1ConnectionListener, AutoCloseable {

    private static final Duration MOST_BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Duration timeout;
    /// Incomplete requests by the thread that reads them: a connection has one thread for its life. No larger than the
    /// number of connections, but for those closed since the last look.
    private final Map<Thread, Incomplete> incomplete = new ConcurrentHashMap<>();
    private volatile Thread watcher;

    private record Incomplete(ConnectionContext connection, long sinceNanos) {}

    /// @param timeout from the end of the request line to the end of the body
    RequestDeadlines(Duration timeout) {
        this.timeout = timeout;
    }

    void start() {
        watcher = Thread.ofVirtual().name("admin-request-deadlines").start(this::watch);
    }

    @Override
    public void prologue(ConnectionContext connection, HttpPrologue prologue) {
        incomplete.put(Thread.currentThread(), new Incomplete(connection, System.nanoTime()));
    }

    @Override
    public void headers(ConnectionContext connection, Headers headers) {
        boolean hasBody = headers.contains(HeaderNames.TRANSFER_ENCODING) || headers.contains(HeaderNames.CONTENT_LENGTH);
        if (!hasBody) {
            complete(); // an event stream may go on for days
        }
    }

    /// The request that this thread reads is complete, or no longer matters.
    void complete() {
        incomplete.remove(Thread.currentThread());
    }

    private void watch() {
        Duration between = timeout.dividedBy(4);
        try {
            while (true) {
                Thread.sleep(between.compareTo(MOST_BETWEEN_LOOKS) < 0 ? between : MOST_BETWEEN_LOOKS);
                long startedBefore = System.nanoTime() - timeout.toNanos();
                incomplete.forEach((thread, request) -> closeIfLate(thread, request, startedBefore));
            }
        } catch (InterruptedException _) {
            // close()
        }
    }

    private void closeIfLate(Thread thread, Incomplete request, long startedBefore) {
        boolean late = request.sinceNanos() - startedBefore < 0;
        if ((late || !thread.isAlive()) && incomplete.remove(thread, request)) {
            closeQuietly(request.connection());
        }
    }

    private static void closeQuietly(ConnectionContext connection) {
        try {
            connection.serverSocket().close(); // ends the blocked read
        } catch (UncheckedIOException _) {
            // the peer was faster
        }
    }

    @Override
    public void close() {
        Thread running = watcher;
        if (running != null) {
            running.interrupt();
        }
    }
}
