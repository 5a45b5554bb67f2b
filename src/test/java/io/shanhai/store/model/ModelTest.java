package io.shanhai.store.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import io.shanhai.store.embedded.EmbeddedStores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random sequences of everything a store can be asked, restarts in between: it answers, refuses and tells its watchers
/// what the model does. A failure names its seed; `-Dmodel.seed=` runs it again.
final class ModelTest {

    private static final int SEQUENCES = Integer.getInteger("model.sequences", 12);
    private static final int STEPS = Integer.getInteger("model.steps", 400);
    private static final long SEED = Long.getLong("model.seed", System.nanoTime());
    private static final long TTL_SECONDS = 3_600; // none ends by itself here

    @TempDir
    Path folder;

    private Random random;
    private RandomSteps steps;
    private EtcdModel model;
    private Store store;
    private List<Watching> watches;

    /// A running watch and what it heard.
    private static final class Watching implements Watch.Listener {
        private final WatchRequest request;
        private final long from;
        private final Map<Long, List<Watch.Event>> heard = new TreeMap<>();
        private Watch watch;

        Watching(WatchRequest request, long from) {
            this.request = request;
            this.from = from;
        }

        @Override
        public synchronized void onEvents(long revision, List<Watch.Event> events) {
            if (heard.put(revision, events) != null) {
                throw new IllegalStateException("revision " + revision + " was delivered twice");
            }
        }

        @Override
        public void onCompacted(long compactedRevision) {
            throw new IllegalStateException("compacted at " + compactedRevision);
        }

        synchronized Map<Long, List<Watch.Event>> heard() {
            return new TreeMap<>(heard);
        }
    }

    @Test
    void theStoreDoesWhatTheModelDoes() {
        for (int sequence = 0; sequence < SEQUENCES; sequence++) {
            long seed = SEED + sequence;
            try {
                run(seed, folder.resolve("store-" + sequence));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("with -Dmodel.seed=" + seed + " -Dmodel.sequences=1: " + e.getMessage(), e);
            }
        }
    }

    private void run(long seed, Path at) {
        random = new Random(seed);
        steps = new RandomSteps(random);
        model = new EtcdModel();
        watches = new ArrayList<>();
        open(at);
        try {
            for (int step = 0; step < STEPS; step++) {
                step(at);
                assertEquals(model.revision(), store.revision());
            }
            settle();
        } finally {
            store.close();
        }
    }

    private void open(Path at) {
        store = EmbeddedStores.open(at, Duration.ofMillis(50));
    }

    private void step(Path at) {
        switch (random.nextInt(100)) {
            case 0 -> {
                settle();
                store.close();
                open(at);
                everything();
            }
            case 1, 2 -> {
                settle(); // one that has the past before it could be overtaken
                long revision = steps.revision(model.compacted(), model.revision());
                both("compact " + revision, () -> call(() -> model.compact(revision)), () -> call(() -> store.compact(revision)));
            }
            case 3, 4, 5, 6 -> {
                long lease = steps.lease();
                both("grant " + lease, () -> call(() -> model.grant(lease, TTL_SECONDS)),
                        () -> call(() -> store.grant(lease, TTL_SECONDS)));
            }
            case 7, 8, 9 -> {
                long lease = steps.lease();
                both("revoke " + lease, () -> call(() -> model.revoke(lease)), () -> call(() -> store.revoke(lease)));
            }
            case 10, 11, 12 -> watch();
            default -> {
                if (random.nextBoolean()) {
                    Txn txn = steps.txn(model.compacted(), model.revision());
                    both(txn, () -> model.commit(txn), () -> store.commit(txn));
                } else {
                    RangeRequest request = steps.range(model.compacted(), model.revision());
                    both(request, () -> model.range(request), () -> store.range(request));
                }
            }
        }
    }

    private static Object call(Runnable step) {
        step.run();
        return "done";
    }

    private static void both(Object step, Supplier<Object> expected, Supplier<Object> actual) {
        assertEquals(outcome(expected), outcome(actual), step::toString);
    }

    private static Object outcome(Supplier<Object> step) {
        try {
            return step.get();
        } catch (StoreException e) {
            return e.code();
        }
    }

    private void watch() {
        long oldest = Math.max(1, model.compacted());
        long start = random.nextInt(3) == 0 ? 0 : oldest + random.nextLong(model.revision() + 3 - oldest);
        WatchRequest request = new WatchRequest(steps.key(), steps.rangeEnd(), start, random.nextBoolean());
        Watching watching = new Watching(request, start == 0 ? model.revision() + 1 : start);
        watching.watch = store.watch(request, watching);
        watches.add(watching);
    }

    /// All watches have heard what they should, and end.
    private void settle() {
        for (Watching each : watches) {
            Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).atMost(Duration.ofSeconds(20))
                    .until(() -> each.watch.position() >= model.revision() || each.from > model.revision());
            each.watch.close();
            Map<Long, List<Watch.Event>> expected = model.events(each.from, each.request.key(), each.request.rangeEnd());
            Map<Long, List<Watch.Event>> heard = each.heard();
            expected.replaceAll((revision, events) -> events.stream().map(e -> asked(each.request, revision, e)).toList());
            heard.replaceAll((revision, events) -> events.stream().map(e -> asked(each.request, revision, e)).toList());
            assertEquals(expected, heard, () -> each.request.toString());
        }
        watches.clear();
    }

    /// What was there before an event of a compacted revision may be gone or not.
    private Watch.Event asked(WatchRequest request, long revision, Watch.Event event) {
        boolean wanted = request.previous() && revision > model.compacted();
        return wanted ? event : new Watch.Event(event.kind(), event.kv(), Optional.empty());
    }

    /// After a restart: every revision there still is, every lease and what hangs on it.
    private void everything() {
        assertEquals(model.revision(), store.revision());
        assertEquals(model.compacted(), store.compactedRevision());
        for (long revision = Math.max(1, model.compacted()); revision <= model.revision(); revision++) {
            RangeRequest all = RangeRequest.prefix(Bytes.EMPTY).at(revision);
            assertEquals(model.range(all), store.range(all));
        }
        assertEquals(List.copyOf(model.leases().keySet()), store.leases());
        for (long lease : store.leases()) {
            assertEquals(model.attached(lease), store.lease(lease, true).orElseThrow().keys());
            assertTrue(store.keepAlive(lease) == TTL_SECONDS, "lease " + lease);
        }
    }
}
