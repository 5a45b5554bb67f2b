package io.shanhai.gateway.plan;

import io.shanhai.gateway.plan.ChangeSet.Action;
import io.shanhai.gateway.plan.ChangeSet.Change;
import io.shanhai.store.Bytes;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// What was written when: the store's revisions as changes of objects. Safe for all threads.
public final class History {

    /// Most revisions [#steps] reads at once.
    public static final int MAX_STEPS = 100;

    private static final int MAX_CHANGES = 1_000; // of one revision; a lease may take more keys with it
    private static final long TIMEOUT_SECONDS = 10; // reading some pages of the index, on a busy disk

    private final Store store;

    /// What one revision changed.
    ///
    /// @param otherKeys written or deleted ones that are no objects of ours, and objects beyond the thousandth
    public record Step(long revision, List<Change> changes, int otherKeys) {
        public Step {
            changes = List.copyOf(changes);
        }
    }

    public History(Store store) {
        this.store = store;
    }

    public long newest() {
        return store.revision();
    }

    /// The oldest revision whose state can be read.
    public long oldest() {
        return Math.max(1, store.compactedRevision());
    }

    /// The oldest revision whose changes can be told: what it replaced must be readable too.
    public long oldestStep() {
        return store.compactedRevision() + 1;
    }

    /// What these revisions changed, ascending. Revision 1 is where an empty store begins: it changed nothing.
    ///
    /// @param first [#oldestStep] at least
    /// @param last [#newest] at most, and less than [#MAX_STEPS] after `first`
    /// @throws StoreException COMPACTED when compaction was quicker
    public List<Step> steps(long first, long last) {
        if (last < first || last > newest() || last - first >= MAX_STEPS) {
            throw new IllegalArgumentException(first + ".." + last + " (expected: at most " + MAX_STEPS + " revisions up to "
                    + newest() + ")");
        }
        if (last == 1) {
            return List.of(new Step(1, List.of(), 0));
        }
        Collecting collecting = new Collecting(last);
        try (Watch _ = store.watch(WatchRequest.prefix(Bytes.EMPTY, Math.max(2, first)).withPrevious(), collecting)) {
            List<Step> steps = collecting.steps();
            if (first == 1) {
                steps.addFirst(new Step(1, List.of(), 0));
            }
            return steps;
        }
    }

    /// Takes the events of a watch up to a revision that is there already, so it never waits for a write.
    private static final class Collecting implements Watch.Listener {

        private final long last;
        private final List<Step> steps = new ArrayList<>(); // the watch's thread writes, `done` hands over
        private final CompletableFuture<List<Step>> done = new CompletableFuture<>();

        Collecting(long last) {
            this.last = last;
        }

        @Override
        public void onEvents(long revision, List<Watch.Event> events) {
            if (revision <= last) {
                steps.add(step(revision, events));
            }
            if (revision >= last) {
                done.complete(steps);
            }
        }

        @Override
        public void onCompacted(long compactedRevision) {
            done.completeExceptionally(new StoreException(StoreException.Code.COMPACTED));
        }

        List<Step> steps() {
            try {
                return done.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw (StoreException) e.getCause();
            } catch (TimeoutException e) {
                throw new StoreException(StoreException.Code.UNAVAILABLE,
                        "reading the history took longer than " + TIMEOUT_SECONDS + " s (try again)", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(StoreException.Code.UNAVAILABLE, "interrupted", e);
            }
        }
    }

    private static Step step(long revision, List<Watch.Event> events) {
        List<Change> changes = new ArrayList<>();
        for (Watch.Event event : events) {
            if (changes.size() < MAX_CHANGES) {
                Kind.of(event.kv().key()).ifPresent(kind -> changes.add(change(kind, event)));
            }
        }
        return new Step(revision, changes, events.size() - changes.size());
    }

    private static Change change(Kind kind, Watch.Event event) {
        Action action = switch (event.kind()) {
            case DELETE -> Action.DELETED;
            case PUT -> event.previous().isEmpty()
                    ? Action.CREATED
                    : event.previous().get().value().equals(event.kv().value()) ? Action.UNCHANGED : Action.UPDATED;
        };
        return new Change(kind, kind.id(event.kv().key()), action);
    }
}
