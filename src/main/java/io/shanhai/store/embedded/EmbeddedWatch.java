package io.shanhai.store.embedded;

import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.mvstore.Cursor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One watch on its own virtual thread. It looks at every revision from its first on, one after the other, itself: in the
/// ring when it keeps up, in the index when it does not. So it can miss none and see none twice, and needs no queue.
final class EmbeddedWatch implements Watch {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedWatch.class);

    private static final int CATCH_UP_REVISIONS = 256; // per view: a slow listener must not hold an old view
    private static final long CATCH_UP_BYTES = 1 << 20;

    private final WatchHub hub;
    private final WatchRequest request;
    private final Listener listener;

    /*
     * 0: running. n > 0: idle, all before revision n is done. -n: woken to go on at n.
     * The hub's waker moves an idle watch from n to n + 1 when revision n does not touch it, else to -n and unparks it;
     * the watch leaves idle only through -n. Each step is a compare-and-set, so a revision is passed by exactly one side.
     */
    private final AtomicLong idle = new AtomicLong();
    /// Written by the watch's own thread only; others read it in [#position()].
    private volatile long next;
    /// Held while the listener runs, so that close() can wait for it; the listener may close its own watch.
    private final ReentrantLock calling = new ReentrantLock();
    private volatile Thread thread;
    private volatile boolean closed;

    EmbeddedWatch(WatchHub hub, WatchRequest request, Listener listener, long firstRevision) {
        this.hub = hub;
        this.request = request;
        this.listener = listener;
        this.next = firstRevision;
    }

    void start(String name) {
        thread = Thread.ofVirtual().name(name).unstarted(this::run);
        thread.start();
    }

    private void run() {
        try {
            // Asked for the past: refused by what is compacted, even while the ring still has it. Later only a gap ends it.
            boolean going = isReadable();
            while (going && !closed) {
                going = next > hub.recent().newest() ? awaitRevision() : step();
            }
        } catch (RuntimeException e) {
            if (closed) {
                return; // the index went away under it
            }
            hub.failed().increment();
            LOG.warn("watch on {} ended at revision {}: its listener or the index failed", request.key(), next, e);
        } finally {
            end();
        }
    }

    /// Handles at least one revision.
    private boolean step() {
        Revision revision = hub.recent().get(next);
        if (revision == null) {
            return catchUp();
        }
        deliver(revision);
        next = revision.number() + 1;
        return true;
    }

    private void deliver(Revision revision) {
        List<Event> events = revision.events(request.key(), request.rangeEnd(), request.previous());
        if (!events.isEmpty()) {
            call(() -> listener.onEvents(revision.number(), events));
        }
    }

    private void call(Runnable step) {
        calling.lock();
        try {
            if (!closed) {
                step.run();
            }
        } finally {
            calling.unlock();
        }
    }

    private boolean awaitRevision() {
        idle.set(next);
        if (hub.recent().newest() >= next) {
            idle.compareAndSet(next, -next); // it came in between; the waker may have passed already
        }
        while (idle.get() > 0 && !closed) {
            LockSupport.park(this);
        }
        long state = idle.getAndSet(0);
        next = Math.abs(state);
        return true;
    }

    @Override
    public long position() {
        // The waker moves an idle watch on without touching `next`, which therefore lags behind, never ahead.
        return Math.max(Math.abs(idle.get()), next) - 1;
    }

    /// It sleeps, and only the waker gets it out.
    boolean isIdle() {
        return idle.get() > 0;
    }

    /// Called by the waker for each revision in order.
    ///
    /// @param revision null when it left the ring before the waker came to it
    void offer(long number, Revision revision) {
        long state = idle.get();
        if (state <= 0 || state > number) {
            return; // running: it will look itself; or it wants a later revision only
        }
        boolean passes = state == number && revision != null && !revision.touches(request.key(), request.rangeEnd());
        if (passes) {
            idle.compareAndSet(number, number + 1);
        } else if (idle.compareAndSet(state, -state)) {
            LockSupport.unpark(thread);
        }
    }

    /// Delivers what the index has from `next` on, a bounded piece of it.
    ///
    /// @return false when the watch is over
    private boolean catchUp() {
        hub.catchUps().increment();
        List<Revision> revisions = new ArrayList<>();
        long after;
        long compacted;
        try (View view = hub.pin()) {
            compacted = view.compacted();
            after = next < compacted ? next : read(view, revisions);
        }
        if (isCompacted(compacted)) {
            return false;
        }
        for (Revision revision : revisions) {
            deliver(revision);
        }
        next = after;
        return true;
    }

    private boolean isReadable() {
        long compacted;
        try (View view = hub.pin()) {
            compacted = view.compacted();
        }
        return !isCompacted(compacted);
    }

    private boolean isCompacted(long compacted) {
        boolean gone = next < compacted;
        if (gone) {
            call(() -> listener.onCompacted(compacted));
        }
        return gone;
    }

    /// @return the revision to go on from
    private long read(View view, List<Revision> into) {
        Cursor<Slot, Cell> cursor = view.cursor(Slot.change(next, 0));
        long bytes = 0;
        long number = 0;
        List<Revision.Change> changes = new ArrayList<>();
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.CHANGE) {
                break;
            }
            if (slot.number() != number) {
                bytes += flush(number, changes, into);
                changes = new ArrayList<>();
                if (into.size() >= CATCH_UP_REVISIONS || bytes > CATCH_UP_BYTES) {
                    return slot.number();
                }
                number = slot.number();
            }
            add((Cell.Changed) cursor.getValue(), number, view, changes);
        }
        flush(number, changes, into);
        return view.revision() + 1;
    }

    private void add(Cell.Changed changed, long number, View view, List<Revision.Change> changes) {
        if (KeySpace.contains(request.key(), request.rangeEnd(), changed.key())) {
            Cell.Version previous = request.previous() ? view.endedAt(changed.key(), number) : null;
            changes.add(new Revision.Change(changed.key(), view.writtenAt(changed.key(), number), previous));
        }
    }

    private static long flush(long number, List<Revision.Change> changes, List<Revision> into) {
        if (changes.isEmpty()) {
            return 0;
        }
        Revision revision = new Revision(number, changes);
        into.add(revision);
        return revision.bytes();
    }

    /// Ends the watch; a running call of the listener is not waited for.
    void end() {
        closed = true;
        hub.remove(this);
        LockSupport.unpark(thread);
    }

    /// Waits for a running call of the listener, unless called by the listener itself.
    @Override
    public void close() {
        end();
        calling.lock();
        calling.unlock();
    }
}
