package io.shanhai.gateway;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts the requests under way to one pool and, where a route bounds them, lets further ones wait for a place, in order.
/// Lives on from Plan to Plan. Safe for all threads, without a lock.
public final class Places {

    /*
     * Routes share a pool and may bound it differently, so a free place goes to whoever waits longest only if it is free by
     * that one's own bound. Nobody is missed: who comes to wait looks for a free place after queueing, who leaves looks for
     * somebody waiting after counting down.
     */
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private final Queue<Ticket> waiting = new ConcurrentLinkedQueue<>();

    /// Somebody's place, or the wait for one. Ended exactly once, by [#end].
    public static final class Ticket {

        private static final int WAITING = 0;
        private static final int GRANTED = 1;
        private static final int ENDED = 2;

        private final Places places;
        private final int most;
        private final Runnable whenFree;
        private final AtomicInteger state = new AtomicInteger(WAITING);

        private Ticket(Places places, int most, Runnable whenFree) {
            this.places = places;
            this.most = most;
            this.whenFree = whenFree;
        }

        /// True when the place is its own.
        public boolean isGranted() {
            return state.get() == GRANTED;
        }

        /// Gives the place back, or stops waiting for it. Idempotent.
        public void end() {
            int before = state.getAndSet(ENDED);
            if (before == GRANTED) {
                places.leave();
            } else if (before == WAITING) {
                places.pending.decrementAndGet();
                places.waiting.remove(this);
            }
        }
    }

    /// Requests under way.
    public int taken() {
        return taken.get();
    }

    /// Requests that wait.
    public int pending() {
        return pending.get();
    }

    /// Without a bound: only counts.
    void enter() {
        taken.getAndIncrement();
    }

    void leave() {
        taken.getAndDecrement();
        admitWaiting();
    }

    private void admitWaiting() {
        if (waiting.isEmpty()) {
            return; // nearly always, and the loop would make an iterator for nobody
        }
        int full = 0; // the largest bound that was found to be reached: who has no larger one need not be asked
        for (Ticket next : waiting) {
            while (next.most > full && next.state.get() == Ticket.WAITING) {
                if (!tryEnter(next.most)) {
                    full = next.most;
                } else if (next.state.compareAndSet(Ticket.WAITING, Ticket.GRANTED)) {
                    waiting.remove(next);
                    pending.decrementAndGet();
                    next.whenFree.run();
                } else {
                    taken.getAndDecrement(); // it gave up, or another thread was faster
                    admitWaiting(); // from the front: somebody may have been refused for the place we held for a moment
                    return;
                }
            }
        }
    }

    /// Takes a place or waits for one.
    ///
    /// @param whenFree run once, by any thread, when a ticket that waited gets its place; must not block
    /// @return null when `most` are taken and `mostPending` wait
    public Ticket take(int most, int mostPending, Runnable whenFree) {
        Ticket ticket = new Ticket(this, most, whenFree);
        if (tryEnter(most)) {
            ticket.state.set(Ticket.GRANTED);
            return ticket;
        }
        if (pending.incrementAndGet() > mostPending) {
            pending.decrementAndGet();
            return null;
        }
        waiting.add(ticket);
        admitWaiting(); // a place may have become free before the ticket was there to be seen
        return ticket;
    }

    private boolean tryEnter(int most) {
        for (int now = taken.get(); now < most; now = taken.get()) {
            if (taken.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }
}
