package io.shanhai.admin;

import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.shanhai.metrics.Metrics;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/// All open event streams of the door: bounds their number, watches for readers that stall, ends them at shutdown.
public final class EventStreams implements AutoCloseable {

    private final Semaphore slots;
    private final long heartbeatNanos;
    private final Duration stall;
    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private final LongAdder cutOff = new LongAdder();
    private volatile boolean closed;
    private Thread watcher; // guarded by this

    public EventStreams(AdminSettings settings, Metrics metrics) {
        slots = new Semaphore(settings.maxStreams());
        heartbeatNanos = settings.streamHeartbeat().toNanos();
        stall = settings.streamStall();
        metrics.counterFrom("shanhai_admin_streams_cut_off_total",
                "Event streams ended because their reader was too slow.", cutOff::sum);
        metrics.gauge("shanhai_admin_streams", "Open event streams.", open::size);
    }

    /// Starts what feeds a stream.
    interface Source {

        /// @param stream to be offered to; what was missed since `lastEventId` first
        /// @return closed when the stream is over
        AutoCloseable start(EventStream stream);
    }

    /// Answers a `?watch=true` request; returns when the stream is over. Always ends the connection: a client opens
    /// a new one to resume.
    void serve(ServerRequest request, ServerResponse response, Source source) {
        response.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.header(HeaderNames.CONNECTION, "close");
        if (request.prologue().method().equals(Method.HEAD)) {
            response.send();
            return;
        }
        if (closed || !slots.tryAcquire()) {
            response.headers().remove(HeaderNames.CONTENT_TYPE);
            throw Problems.unavailable(closed
                    ? "the node is stopping"
                    : "too many event streams are open (see admin.max-streams)");
        }
        EventStream stream = new EventStream();
        open.add(stream);
        try {
            run(stream, response, source);
        } finally {
            open.remove(stream);
            slots.release();
            if (stream.wasCutOff()) {
                cutOff.increment();
            }
        }
    }

    private void run(EventStream stream, ServerResponse response, Source source) {
        watch();
        if (closed) {
            stream.end(); // close() may have looked before this stream was added
        }
        try (AutoCloseable _ = source.start(stream)) {
            stream.writeTo(response.outputStream(), heartbeatNanos);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new CloseConnectionException("event stream ended", e);
        }
    }

    private synchronized void watch() {
        if (watcher == null && !closed) {
            watcher = Thread.ofVirtual().name("admin-stream-watcher").start(this::cutOffStalled);
        }
    }

    private void cutOffStalled() {
        try {
            while (!closed) {
                Thread.sleep(stall.dividedBy(4)); // a stalled stream lives a quarter longer at most
                long startedBefore = System.nanoTime() - stall.toNanos();
                open.forEach(stream -> stream.cutOffIfStalled(startedBefore));
            }
        } catch (InterruptedException _) {
            // close()
        }
    }

    /// Ends every stream; further ones are refused. Idempotent.
    @Override
    public void close() {
        closed = true;
        open.forEach(EventStream::end);
        synchronized (this) {
            if (watcher != null) {
                watcher.interrupt();
            }
        }
    }
}
