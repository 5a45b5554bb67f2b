package io.shanhai.store.embedded;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Histogram;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.Outcome;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The only way a change gets in: group commit, led by one of the threads that wait for it.
///
/// Thread safety: all threads, between [#start()] and [#close()].
final class Committer {

    /*
     * The first writer leads: it runs the transactions of all that wait on one Draft, writes them as one log frame, syncs,
     * applies them to the index, publishes the new View, hands the lead to the next waiter and only then wakes those it
     * has served. While it syncs, others gather and are the next batch. A writer on its own needs no second thread: its
     * cost is one write and one fdatasync (a hand-over to a writer thread and back costs as much as half a sync here).
     *
     * A writer that must not wait (an event loop) leaves a callback instead of a thread. When it is such a writer's turn to
     * lead, the store's own thread leads in its stead.
     *
     * Nothing is visible, acknowledged or in the index before the sync has returned; when it fails the Draft is dropped.
     */

    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

    private static final int MAX_WAITING = 10_000; // each is a blocked thread; beyond it callers wait before the queue
    private static final int MAX_BATCH = 512; // commits per sync; more gain nothing, the sync's share is 0.2 us then
    private static final long MAX_BATCH_BYTES = 4 << 20; // a batch is one write; longer ones delay the small commits
    private static final long WAKE_UNSAVED_BYTES = 16 << 20; // a checkpoint of this size takes some 100 ms
    private static final long MAX_UNSAVED_BYTES = 96 << 20; // heap that index pages not yet written may hold
    private static final long PRESSURE_PAUSE_NANOS = 1_000_000;

    private final Index index;
    private final WriteAheadLog log;
    private final LeaseTable leases;
    private final WatchHub hub;
    private final Quota quota;
    private final LongSupplier nanoClock;
    private final Runnable wakeHousekeeping;
    private final Counter commits;
    private final Counter batches;
    private final Counter failures;
    private final Counter stalls;
    private final Histogram seconds;

    /// Waiting writers, the next leader first. Guarded by itself, as is `led`.
    private final ArrayDeque<Waiter<?>> queue = new ArrayDeque<>();
    private boolean led;
    /// Leads in the stead of writers that left a callback.
    private final Thread stead = Thread.ofPlatform().name("store-committer").daemon().unstarted(this::leadInStead);
    private volatile boolean steadAsked;
    private volatile boolean over;

    private volatile View view;
    private volatile Refusal refusal;

    /// A change to make. It may look at the draft and write into it; a [StoreException] undoes what it wrote.
    interface Proposal<R> {
        R apply(Draft draft);
    }

    /// Why nothing can be written.
    ///
    /// @param lasting only a restart helps
    record Refusal(Code code, String detail, Throwable cause, boolean lasting) {
        StoreException exception() {
            return new StoreException(code, detail, cause);
        }
    }

    Committer(Index index, WriteAheadLog log, LeaseTable leases, WatchHub hub, Quota quota,
            LongSupplier nanoClock, Runnable wakeHousekeeping, Metrics metrics) {
        this.index = index;
        this.log = log;
        this.leases = leases;
        this.hub = hub;
        this.quota = quota;
        this.nanoClock = nanoClock;
        this.wakeHousekeeping = wakeHousekeeping;
        this.commits = metrics.counter("shanhai_store_commits_total", "Changes made durable.");
        this.batches = metrics.counter("shanhai_store_syncs_total", "Group commits: one write and one fdatasync each.");
        this.failures = metrics.counter("shanhai_store_write_failures_total", "Group commits that the disk refused.");
        this.stalls = metrics.counter("shanhai_store_stalls_total", "Commits that waited for a checkpoint.");
        this.seconds = metrics.histogram("shanhai_store_commit_seconds", "Time of a group commit, sync included.");
        this.view = index.view();
    }

    /// The newest durable state, for its numbers; to read keys hold it with [#pin()].
    View view() {
        return view;
    }

    /// The newest durable state, held until the caller closes it.
    View pin() {
        while (true) {
            View newest = view;
            if (newest.hold()) {
                return newest;
            }
        }
    }

    /// Called by the leader only.
    private void show(View next) {
        View old = view;
        view = next;
        old.close();
    }

    void start() {
        stead.start();
    }

    /// Returns when the change is durable and visible.
    ///
    /// @param bytes about how large the change is
    <R> R submit(long bytes, Proposal<R> proposal) {
        requireAccepting();
        Waiter.Blocked<R> self = new Waiter.Blocked<>(proposal, bytes);
        commitWith(self);
        return self.outcome();
    }

    private void commitWith(Waiter.Blocked<?> self) {
        if (enqueue(self) || self.awaitTurn()) {
            lead(self);
        }
    }

    /// Returns at once; `outcome` is told when the change is durable and visible, or what became of it instead.
    ///
    /// @throws StoreException when nothing is written at present, or too many wait already
    <R> void submit(long bytes, Proposal<R> proposal, Outcome<R> outcome) {
        requireAccepting();
        boolean leads;
        synchronized (queue) {
            if (queue.size() >= MAX_WAITING) {
                throw new StoreException(Code.TOO_MANY_REQUESTS);
            }
            queue.addLast(new Waiter.Told<>(proposal, bytes, outcome));
            leads = !led;
            led = true;
        }
        if (leads) {
            askStead();
        }
    }

    private void requireAccepting() {
        Refusal now = refusal;
        if (now != null) {
            throw now.exception();
        }
    }

    private void askStead() {
        steadAsked = true;
        LockSupport.unpark(stead);
    }

    private void leadInStead() {
        while (!over) {
            if (steadAsked) {
                steadAsked = false; // before it leads: it may hand the lead to itself
                lead(null);
            } else {
                LockSupport.park(this);
            }
        }
    }

    /// @return true when the caller leads
    private boolean enqueue(Waiter.Blocked<?> self) {
        boolean interrupted = false;
        synchronized (queue) {
            while (queue.size() >= MAX_WAITING) {
                try {
                    queue.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            queue.addLast(self);
            boolean leads = !led;
            led = true;
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return leads;
        }
    }

    /// @param self its thread is the caller and needs no waking; null for the store's own thread
    private void lead(Waiter<?> self) {
        List<Waiter<?>> batch = takeBatch();
        try {
            commit(batch);
        } catch (RuntimeException | Error e) {
            LOG.error("the store stopped: a commit failed in a way nobody foresaw; restart the process", e);
            refuse(new Refusal(Code.UNAVAILABLE, "a commit failed unexpectedly (" + e + "); restart the process", e, true));
            fail(batch, refusal);
        } finally {
            handOver();
            for (Waiter<?> waiter : batch) {
                if (waiter != self) {
                    waiter.isOver();
                }
            }
        }
    }

    private List<Waiter<?>> takeBatch() {
        List<Waiter<?>> batch = new ArrayList<>();
        long bytes = 0;
        synchronized (queue) {
            while (!queue.isEmpty() && batch.size() < MAX_BATCH && bytes < MAX_BATCH_BYTES) {
                Waiter<?> next = queue.removeFirst();
                bytes += next.bytes();
                batch.add(next);
            }
            queue.notifyAll();
        }
        return batch;
    }

    private void handOver() {
        Waiter<?> next;
        synchronized (queue) {
            next = queue.peekFirst();
            led = next != null;
        }
        switch (next) {
            case null -> {
            }
            case Waiter.Blocked<?> blocked -> blocked.takeLead();
            case Waiter.Told<?> _ -> askStead();
        }
    }

    private void commit(List<Waiter<?>> batch) {
        awaitCheckpoint();
        if (refusal != null) {
            fail(batch, refusal);
            return;
        }
        long start = nanoClock.getAsLong();
        Draft draft = new Draft(view, leases);
        for (Waiter<?> waiter : batch) {
            waiter.runOn(draft);
        }
        if (draft.isEmpty()) {
            return;
        }
        long frame;
        try {
            frame = log.append(draft.commits(), draft.revision());
        } catch (LogWriteException e) {
            draft.ended().forEach(leases::keep);
            fail(batch, refused(e));
            return;
        }
        publish(frame, draft);
        commits.add(draft.commits().size());
        batches.increment();
        seconds.record(nanoClock.getAsLong() - start);
    }

    private void publish(long frame, Draft draft) {
        index.apply(frame, draft.revision(), draft.commits());
        draft.ended().forEach(leases::remove); // first: a lease may have ended and been granted anew in this batch
        draft.granted().forEach(leases::add);
        quota.apply(draft.alarms());
        quota.wrote(CommitCodec.bound(draft.commits()));
        show(index.view());
        hub.publish(draft.revisions());
        if (index.unsavedBytes() > WAKE_UNSAVED_BYTES || !log.isSpareReady()) {
            wakeHousekeeping.run();
        }
    }

    /// Bounds the heap that pages hold which no checkpoint has written yet.
    private void awaitCheckpoint() {
        if (index.unsavedBytes() <= MAX_UNSAVED_BYTES) {
            return;
        }
        stalls.increment();
        wakeHousekeeping.run();
        boolean interrupted = false;
        while (refusal == null && index.unsavedBytes() > MAX_UNSAVED_BYTES) {
            LockSupport.parkNanos(this, PRESSURE_PAUSE_NANOS);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void fail(List<Waiter<?>> batch, Refusal why) {
        for (Waiter<?> waiter : batch) {
            waiter.fail(why.exception());
        }
    }

    private Refusal refused(LogWriteException e) {
        failures.increment();
        LOG.error("a commit was refused by the disk, nothing of it was acknowledged: {}", e.getMessage(), e);
        String outcome = e.isCut()
                ? "; nothing of it will appear"
                : "; whether it appears after a restart is not known: its bytes could not be taken back";
        boolean full = DiskFull.isCause(e);
        String remedy = full && e.isRetryable()
                ? ". Free disk space; writing goes on by itself then"
                : ". Check the disk, then restart the process";
        Refusal why = new Refusal(full ? Code.NO_SPACE : Code.UNAVAILABLE, e.getMessage() + outcome + remedy, e,
                !full || !e.isRetryable());
        refuse(why);
        return why;
    }

    /// From now on nothing is written; reads go on. A lasting refusal is not replaced by a passing one.
    void refuse(Refusal why) {
        synchronized (queue) {
            if (refusal == null || !refusal.lasting()) {
                refusal = why;
            }
        }
    }

    Refusal refusal() {
        return refusal;
    }

    /// Takes a passing refusal back.
    void accept() {
        synchronized (queue) {
            if (refusal != null && !refusal.lasting()) {
                refusal = null;
            }
        }
    }

    /// Publishes the state again, so that no reader begins with pages that a compaction of the index has replaced.
    void refreshView() {
        submit(0, _ -> {
            show(index.view());
            return null;
        });
    }

    /// The same with a change to the index that says nothing, see [Index#touch()].
    void renewView() {
        submit(0, _ -> {
            index.touch();
            show(index.view());
            return null;
        });
    }

    /// Refuses new changes and returns when those in flight are over. Idempotent.
    void close() {
        refuse(new Refusal(Code.UNAVAILABLE, "the store is closed", null, true));
        commitWith(new Waiter.Blocked<>(_ -> null, 0));
        over = true;
        LockSupport.unpark(stead);
        awaitEnd(stead);
    }

    /// Returns when the thread has ended; an interrupt is kept for later.
    static void awaitEnd(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
