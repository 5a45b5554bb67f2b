package io.shanhai.admin;

import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/// One client's server-sent events. Any thread offers; the connection's own thread writes. Bounded: a client that
/// reads too slowly is cut off, never waited for, and resumes with `Last-Event-ID`.
final class EventStream {

    /*
     * Offering puts bytes into the queue under the lock and never touches the socket. The writer takes one event at a
     * time and writes it outside the lock. When the queue is full, or the watcher sees that one write has not ended
     * for too long, the stream is over and the writer is interrupted: on a virtual thread that closes the socket and
     * ends a blocked write at once. `writer` is set only while writing, and interrupted only under the lock, so an
     * interrupt never hits what the thread does afterwards.
     */

    static final int MAX_QUEUED_EVENTS = 1024; // a burst of one change set (128 operations) eight times over
    static final int MAX_QUEUED_BYTES = 1 << 20; // 256 streams hold 256 MiB at the very worst, normally nothing

    private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private enum Phase {
        OPEN,
        ENDED,
        CUT_OFF
    }

    private final Deque<byte[]> queue = new ArrayDeque<>();
    private int queuedBytes;
    private Phase phase = Phase.OPEN;
    private Thread writer;
    private long writingSinceNanos;

    /// Never blocks.
    ///
    /// @param id what a client sends back as `Last-Event-ID`; a revision
    /// @param event name of the event, one word
    /// @param json the data; one line
    /// @return false when the stream is over, or is over now because its reader is too slow
    boolean offer(long id, String event, byte[] json) {
        byte[] head = ("id: " + id + "\nevent: " + event + "\ndata: ").getBytes(StandardCharsets.UTF_8);
        byte[] frame = new byte[head.length + json.length + 2];
        System.arraycopy(head, 0, frame, 0, head.length);
        System.arraycopy(json, 0, frame, head.length, json.length);
        frame[frame.length - 2] = '\n';
        frame[frame.length - 1] = '\n';
        return enqueue(frame);
    }

    private synchronized boolean enqueue(byte[] frame) {
        if (phase != Phase.OPEN) {
            return false;
        }
        // One event is always taken: an object larger than the bound must not make its stream impossible.
        boolean full = !queue.isEmpty()
                && (queue.size() >= MAX_QUEUED_EVENTS || queuedBytes + frame.length > MAX_QUEUED_BYTES);
        if (full) {
            cutOff();
            return false;
        }
        queue.add(frame);
        queuedBytes += frame.length;
        notifyAll();
        return true;
    }

    /// Ends the stream after what is queued has been written. Idempotent.
    synchronized void end() {
        if (phase == Phase.OPEN) {
            phase = Phase.ENDED;
            notifyAll();
        }
    }

    synchronized boolean isOpen() {
        return phase == Phase.OPEN;
    }

    synchronized int queuedBytes() {
        return queuedBytes;
    }

    /// Ends the stream now when its present write began before `startedBefore`.
    ///
    /// @return true when it was cut off by this call
    synchronized boolean cutOffIfStalled(long startedBeforeNanos) {
        if (phase == Phase.CUT_OFF || writer == null || writingSinceNanos - startedBeforeNanos >= 0) {
            return false;
        }
        cutOff();
        return true;
    }

    private void cutOff() {
        phase = Phase.CUT_OFF;
        queue.clear();
        queuedBytes = 0;
        if (writer != null) {
            writer.interrupt();
        }
        notifyAll();
    }

    synchronized boolean wasCutOff() {
        return phase == Phase.CUT_OFF;
    }

    /// Writes until the stream is over or the client is gone; called once, by the connection's thread.
    void writeTo(OutputStream out, long heartbeatNanos) throws InterruptedException {
        try {
            write(out, HEARTBEAT); // the client learns at once that the stream is open
            byte[] frame = next(heartbeatNanos);
            while (frame != null) {
                write(out, frame);
                frame = next(heartbeatNanos);
            }
            out.close();
        } catch (IOException | UncheckedIOException e) {
            // The client went away, or was cut off. Nobody is left to tell.
            throw new CloseConnectionException("event stream broken", e);
        } finally {
            synchronized (this) {
                phase = phase == Phase.OPEN ? Phase.ENDED : phase;
                queue.clear();
                queuedBytes = 0;
            }
        }
    }

    /// The next frame, a heartbeat when there is none for that long, null when the stream is over.
    private synchronized byte[] next(long heartbeatNanos) throws InterruptedException {
        long deadline = System.nanoTime() + heartbeatNanos;
        while (queue.isEmpty() && phase == Phase.OPEN) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return HEARTBEAT;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        byte[] frame = queue.poll();
        queuedBytes -= frame == null ? 0 : frame.length;
        return frame;
    }

    private void write(OutputStream out, byte[] frame) throws IOException {
        synchronized (this) {
            if (phase == Phase.CUT_OFF) {
                throw new IOException("reader too slow");
            }
            writer = Thread.currentThread();
            writingSinceNanos = System.nanoTime();
        }
        try {
            out.write(frame);
            out.flush();
        } finally {
            synchronized (this) {
                writer = null;
                Thread.interrupted(); // a cut-off that came as the write ended: the phase says it, the flag must not
            }
        }
    }
}
