package io.shanhai.store;

import io.shanhai.store.RangeRequest.SortOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One watch of the keys the product gives a meaning to, delivered to several consumers in the order they subscribed.
/// Since all of them see a revision before anybody sees the next, the last consumer can say "this node serves
/// revision R" of all of them at once.
///
/// Consumers are called on one thread at a time, never concurrently; they must not block. Subscribe before [#start()].
public final class ChangeFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
    private static final Bytes ROOT = Bytes.utf8("/");

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final Store store;
    private final Map<Bytes, List<Consumer>> consumers = new LinkedHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Watch watch;

    /// Sees the keys under its prefix.
    public interface Consumer {

        /// Forget everything: this is the whole state at `revision`. Called at start and after a compaction overtook us, or
        /// when the store turned out to have another history: then the revision may be lower than the one before.
        void reset(long revision, List<KeyValue> state);

        /// Changes of one revision; not called when there are none under the prefix.
        void apply(long revision, List<Watch.Event> events);

        /// All consumers have seen `revision`. Called for every revision.
        default void settled(long revision) {}
    }

    public ChangeFeed(Store store) {
        this.store = store;
    }

    /// @param prefix starts with `/`
    public void subscribe(Bytes prefix, Consumer consumer) {
        if (!prefix.startsWith(ROOT)) {
            throw new IllegalArgumentException("prefix: " + prefix + " (expected: starts with /)");
        }
        consumers.computeIfAbsent(prefix, _ -> new ArrayList<>()).add(consumer);
    }

    /// Delivers the present state on the calling thread, then watches.
    public void start() {
        long revision = store.revision();
        for (Map.Entry<Bytes, List<Consumer>> entry : consumers.entrySet()) {
            List<KeyValue> state = store.range(RangeRequest.prefix(entry.getKey()).at(revision)
                    .sorted(SortOrder.ASCEND, RangeRequest.SortTarget.KEY)).kvs();
            entry.getValue().forEach(c -> c.reset(revision, state));
        }
        settle(revision);
        watch = store.watch(WatchRequest.prefix(ROOT, revision + 1), new Watch.Listener() {
            @Override
            public void onEvents(long at, List<Watch.Event> events) {
                deliver(at, events);
            }

            @Override
            public void onCompacted(long compactedRevision) {
                LOG.warn("the change feed cannot go on, revision {} is the last one compacted: reading the whole state again",
                        compactedRevision);
                Thread.ofVirtual().name("store-feed").start(ChangeFeed.this::startAgain);
            }
        });
        if (isClosed()) {
            watch.close(); // close() may have seen the watch before
        }
    }

    // The watch is over, so nobody else calls consumers now; and its listener must not wait for a store that is away.
    private void startAgain() {
        Duration pause = FIRST_PAUSE;
        while (!isClosed()) {
            try {
                start();
                return;
            } catch (StoreException e) {
                LOG.warn("the whole state cannot be read, once more in {} ms: {}", pause.toMillis(), e.detail());
            }
            try {
                closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
            pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void deliver(long revision, List<Watch.Event> events) {
        for (Map.Entry<Bytes, List<Consumer>> entry : consumers.entrySet()) {
            List<Watch.Event> own = events.stream().filter(e -> e.kv().key().startsWith(entry.getKey())).toList();
            if (!own.isEmpty()) {
                entry.getValue().forEach(c -> apply(c, revision, own));
            }
        }
        settle(revision);
    }

    // A consumer that throws has a bug; the others still get their events, and the watch lives on.
    private static void apply(Consumer consumer, long revision, List<Watch.Event> events) {
        try {
            consumer.apply(revision, events);
        } catch (RuntimeException e) {
            LOG.error("{} failed at revision {}", consumer.getClass().getSimpleName(), revision, e);
        }
    }

    private void settle(long revision) {
        consumers.values().forEach(list -> list.forEach(c -> c.settled(revision)));
    }

    @Override
    public void close() {
        closed.countDown();
        Watch running = watch;
        if (running != null) {
            running.close();
        }
    }
}
