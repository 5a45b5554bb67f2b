package io.shanhai.store.embedded;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.h2.mvstore.MVStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the store does when nobody waits for it, on one thread: checkpoints, the spare log segment, deleting compacted
/// history, compacting old history, and looking whether a full disk has room again.
final class Housekeeping implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private static final Duration PROBE = Duration.ofSeconds(1); // how soon a disk with room again is noticed
    private static final int SLICE_REVISIONS = 256; // some milliseconds of work
    private static final long SLICE_PAUSE_NANOS = 2_000_000; // about as long as a slice: half a core at most
    private static final long UNSAVED_BYTES = 16 << 20;
    private static final long DISK_RESERVE_BYTES = 1 << 20; // MVStore's headers and rounding to blocks
    private static final int VAIN_PASSES = 3; // what one pass rewrites becomes free two passes later
    private static final int RETENTION_SAMPLES = 60; // history is compacted to a sixtieth of the retention

    private final Path folder;
    private final Disk disk;
    private final StoreSettings settings;
    private final Index index;
    private final WriteAheadLog log;
    private final Committer committer;
    private final Quota quota;
    private final LongSupplier nanoClock;
    private final Counter checkpoints;
    private final Counter failures;
    private final Thread thread = Thread.ofPlatform().name("store-housekeeping").daemon().unstarted(this::run);

    /// Revisions and when they were current, oldest first.
    private final ArrayDeque<Sample> samples = new ArrayDeque<>();
    private long checkpointed;
    private long checkpointedNanos;
    private long dropFrom = 1;
    private boolean woken;
    private volatile boolean closed;
    /// Callers of [#defragment()], most of them none. Guarded by this.
    private CompletableFuture<Void> defragmenting;

    private record Sample(long nanos, long revision) {}

    private interface Step {
        void run() throws IOException;
    }

    Housekeeping(Path folder, Disk disk, StoreSettings settings, Index index, WriteAheadLog log, Committer committer,
            Quota quota, LongSupplier nanoClock, Metrics metrics) {
        this.folder = folder;
        this.disk = disk;
        this.settings = settings;
        this.index = index;
        this.log = log;
        this.committer = committer;
        this.quota = quota;
        this.nanoClock = nanoClock;
        this.checkpoints = metrics.counter("shanhai_store_checkpoints_total", "Times the index was written down.");
        this.failures = metrics.counter("shanhai_store_housekeeping_failures_total",
                "Background steps of the store that failed; they are tried again.");
    }

    void start() {
        checkpointedNanos = nanoClock.getAsLong();
        thread.start();
    }

    /// Look at once: there is something to do.
    synchronized void wake() {
        woken = true;
        notifyAll();
    }

    private void run() {
        while (!closed) {
            attempt("making a spare log segment", log::prepareSpare);
            attempt("writing the index", this::checkpointWhenDue);
            attempt("looking for disk space", this::probe);
            attempt("compacting old history", this::retain);
            attempt("deleting compacted history", this::dropHistory);
            attempt("defragmenting", this::defragmentWhenAsked);
            sleep();
        }
    }

    private void attempt(String what, Step step) {
        if (closed) {
            return;
        }
        try {
            step.run();
        } catch (IOException | StoreException | MVStoreException e) {
            failures.increment();
            if (committer.refusal() == null) { // else it was said already, and would be said every second
                LOG.warn("{} failed in {}; it is tried again: {}", what, folder, e.getMessage());
            }
        }
    }

    private synchronized void sleep() {
        Duration longest = committer.refusal() == null || settings.checkpointInterval().compareTo(PROBE) < 0
                ? settings.checkpointInterval()
                : PROBE;
        try {
            if (!woken && !closed) {
                wait(longest.toMillis());
            }
            woken = false;
        } catch (InterruptedException e) {
            closed = true; // nobody but a debugger interrupts this thread
        }
    }

    private void checkpointWhenDue() throws IOException {
        boolean due = nanoClock.getAsLong() - checkpointedNanos >= settings.checkpointInterval().toNanos();
        if (due || index.unsavedBytes() > UNSAVED_BYTES) {
            quota.measureAfter(this::checkpoint);
            index.reclaim();
            committer.refreshView();
        }
    }

    /// Writes the index down and deletes the log segments it covers. MVStore shuts itself down when it cannot write, so it
    /// is not tried on a disk that is too full: writes are refused then, and reads go on.
    void checkpoint() throws IOException {
        if (!hasRoom()) {
            return;
        }
        if (index.progress().index() > checkpointed) {
            writeDown();
        }
        checkpointedNanos = nanoClock.getAsLong();
        log.releaseThrough(checkpointed);
    }

    private void writeDown() {
        try {
            checkpointed = index.checkpoint();
        } catch (MVStoreException e) {
            committer.refuse(new Committer.Refusal(StoreException.Code.UNAVAILABLE, "the index in " + folder
                    + " cannot be written (" + e.getMessage() + "). Check the disk, then restart the process", e, true));
            throw e;
        }
        checkpoints.increment();
    }

    /// Returns when the file is as small as it gets; two callers share one run.
    ///
    /// @throws StoreException when it cannot be done; it says why
    void defragment() {
        CompletableFuture<Void> outcome;
        synchronized (this) {
            if (closed) {
                throw new StoreException(StoreException.Code.UNAVAILABLE, "the store is closed", null);
            }
            if (defragmenting == null) {
                defragmenting = new CompletableFuture<>();
            }
            outcome = defragmenting;
            wake();
        }
        try {
            outcome.join();
        } catch (CompletionException e) {
            throw new StoreException(StoreException.Code.UNAVAILABLE,
                    "defragmenting " + folder + ": " + e.getCause().getMessage(), e.getCause());
        }
    }

    private void defragmentWhenAsked() throws IOException {
        CompletableFuture<Void> asked;
        synchronized (this) {
            asked = defragmenting;
        }
        if (asked == null) {
            return;
        }
        try {
            long smallest = Long.MAX_VALUE;
            int vain = 0;
            while (!closed && vain < VAIN_PASSES && hasRoom()) {
                long size = index.defragment(this::writeDown, committer::renewView);
                vain = size < smallest ? 0 : vain + 1;
                smallest = Math.min(smallest, size);
            }
            quota.measureAfter(this::checkpoint);
            synchronized (this) {
                defragmenting = null;
            }
            asked.complete(null);
        } finally {
            end(asked, "it failed; the log says why, or the store was closed");
        }
    }

    private synchronized void end(CompletableFuture<Void> asked, String why) {
        if (asked != null && !asked.isDone()) {
            defragmenting = null;
            asked.completeExceptionally(new IllegalStateException(why));
        }
    }

    private boolean hasRoom() throws IOException {
        long needed = 2 * index.unsavedBytes() + DISK_RESERVE_BYTES;
        long usable = disk.usableBytes(folder);
        if (usable >= needed) {
            return true;
        }
        committer.refuse(new Committer.Refusal(StoreException.Code.NO_SPACE, "the disk of " + folder + " has " + usable
                + " bytes left (needed: " + needed + "). Free disk space; writing goes on by itself then", null, false));
        return false;
    }

    private void probe() throws IOException {
        Committer.Refusal refusal = committer.refusal();
        if (refusal == null || refusal.lasting() || !hasRoom()) {
            return;
        }
        log.prepareSpare();
        committer.accept();
        LOG.info("there is disk space again: the store in {} accepts writes", folder);
    }

    private void retain() {
        if (settings.historyRetention().isZero()) {
            return;
        }
        long now = nanoClock.getAsLong();
        long retention = settings.historyRetention().toNanos();
        View view = committer.view();
        if (samples.isEmpty() || now - samples.getLast().nanos() >= retention / RETENTION_SAMPLES) {
            samples.add(new Sample(now, view.revision()));
        }
        long compactTo = 0;
        while (!samples.isEmpty() && now - samples.getFirst().nanos() >= retention) {
            compactTo = samples.removeFirst().revision();
        }
        if (compactTo > view.compacted() && compactTo > 1) {
            long revision = compactTo;
            committer.submit(0, draft -> {
                draft.compact(revision);
                return null;
            });
        }
    }

    private void dropHistory() {
        long compacted = committer.view().compacted();
        if (dropFrom > compacted) {
            return;
        }
        while (dropFrom <= compacted && !closed) {
            dropFrom = index.dropHistory(dropFrom, compacted, SLICE_REVISIONS);
            LockSupport.parkNanos(this, SLICE_PAUSE_NANOS);
        }
        committer.refreshView(); // else the last view would hold the deleted pages until the next write
    }

    /// Returns when the step in progress is over. Idempotent.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        Committer.awaitEnd(thread);
        end(defragmenting, "the store was closed");
    }
}
