package io.shanhai.store.embedded;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Brings new revisions to the watches, off the commit path: a commit puts its revision into a ring and wakes one thread,
/// which wakes the watches whose keys it touches. A thousand watches on a prefix cost the writer nothing.
final class WatchHub implements AutoCloseable {

    private final RecentRevisions recent;
    private final Supplier<View> pins;
    private final Set<EmbeddedWatch> watches = ConcurrentHashMap.newKeySet();
    private final AtomicLong names = new AtomicLong();
    /// Virtual, like the watches it wakes: from a carrier they go into its own queue, from outside each would be handed to the
    /// scheduler and a carrier signalled. A third of a wake-up's CPU; FanOutBench.
    private final Thread waker = Thread.ofVirtual().name("store-watch-waker").unstarted(this::wakeWatches);
    private final Counter catchUps;
    private final Counter failed;
    /// The first revision the waker looks at. Not what is newest when its thread gets to run: a watch may sleep, and a
    /// revision come, before that.
    private final long firstRevision;
    private volatile boolean asleep;
    private volatile boolean closed;

    /// @param pins the newest view, held, for watches that ask for the past
    WatchHub(long revision, Supplier<View> pins, Metrics metrics) {
        this.recent = new RecentRevisions(revision);
        this.firstRevision = revision + 1;
        this.pins = pins;
        this.catchUps = metrics.counter("shanhai_store_watch_catchups_total",
                "Reads of history by watches that started in the past or fell behind.");
        this.failed = metrics.counter("shanhai_store_watch_failures_total", "Watches ended because their listener threw.");
        metrics.gauge("shanhai_store_watches", "Running watches.", watches::size);
    }

    void start() {
        waker.start();
    }

    /// Called by the one thread that commits, after the view holds these revisions.
    void publish(List<Revision> revisions) {
        for (Revision revision : revisions) {
            recent.add(revision);
        }
        // A watch that is added right now looks at the ring itself before it sleeps, so none is needed for it.
        if (asleep && !watches.isEmpty()) {
            LockSupport.unpark(waker);
        }
    }

    EmbeddedWatch watch(WatchRequest request, Watch.Listener listener) {
        long first = request.startRevision() > 0 ? request.startRevision() : recent.newest() + 1;
        EmbeddedWatch watch = new EmbeddedWatch(this, request, listener, first);
        watches.add(watch);
        watch.start("store-watch-" + names.incrementAndGet());
        if (closed) {
            watch.end();
        }
        return watch;
    }

    void remove(EmbeddedWatch watch) {
        watches.remove(watch);
    }

    RecentRevisions recent() {
        return recent;
    }

    /// The newest view, held until the caller closes it.
    View pin() {
        return pins.get();
    }

    Counter catchUps() {
        return catchUps;
    }

    Counter failed() {
        return failed;
    }

    private void wakeWatches() {
        long next = firstRevision;
        while (!closed) {
            if (next > recent.newest()) {
                sleepUntil(next);
                continue;
            }
            Revision revision = recent.get(next);
            if (revision == null) {
                next = recent.newest(); // the ring went round: all idle watches wake and catch up by themselves
            }
            for (EmbeddedWatch watch : watches) {
                watch.offer(next, revision);
            }
            next++;
        }
    }

    private void sleepUntil(long next) {
        asleep = true; // before the check: publish() adds first and looks at this second, so one of the two sees the other
        while (next > recent.newest() && !closed) {
            LockSupport.park(this);
        }
        asleep = false;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(waker);
        watches.forEach(EmbeddedWatch::end);
    }
}
