package io.shanhai.store;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.Recorder.Heard;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.Watch.Event;
import io.shanhai.store.Watch.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Watches: every event once, in order, without a gap.
public abstract class WatchContract extends StoreContract {

    private Recorder watch(String prefix, long from) {
        Recorder recorder = new Recorder();
        store.watch(WatchRequest.prefix(key(prefix), from), recorder);
        return recorder;
    }

    @Test
    void watchFromNowSeesOnlyWhatComes() {
        put("a", "1");
        Recorder recorder = watch("", 0);
        put("a", "2");
        delete("a");
        List<Heard> heard = recorder.await(2);
        assertEquals(List.of(3L, 4L), recorder.revisions());
        assertEquals(new Event(Kind.PUT, new KeyValue(key("a"), key("2"), 2, 3, 2, 0), Optional.empty()),
                heard.get(0).events().getFirst());
        assertEquals(new Event(Kind.DELETE, new KeyValue(key("a"), Bytes.EMPTY, 0, 4, 0, 0), Optional.empty()),
                heard.get(1).events().getFirst());
    }

    @Test
    void positionCoversWhatWasDeliveredAndNeverMore() {
        Recorder recorder = new Recorder();
        Watch watch = store.watch(WatchRequest.prefix(key("a"), 0), recorder);
        assertEquals(1, watch.position());
        for (int i = 0; i < 20; i++) {
            put(i % 2 == 0 ? "b" : "a", "v");
            assertTrue(watch.position() <= i + 2, "ahead of the store");
        }
        await().until(() -> watch.position() == 21); // the last write was one of its own
        assertEquals(10, recorder.heard().size());
    }

    @Test
    void watchFromThePastReplaysIt() {
        put("a", "1"); // 2
        put("b", "1"); // 3
        put("a", "2"); // 4
        delete("a"); // 5
        Recorder recorder = watch("a", 2);
        put("a", "3"); // 6
        List<Heard> heard = recorder.await(4);
        assertEquals(List.of(2L, 4L, 5L, 6L), recorder.revisions());
        assertEquals(List.of("1", "2", "", "3"),
                heard.stream().map(each -> each.events().getFirst().kv().value().text()).toList());
        assertEquals(1, heard.get(3).events().getFirst().kv().version());
    }

    @Test
    void watchFromTheFutureWaitsForIt() {
        Recorder recorder = watch("", 4);
        put("a", "1"); // 2
        put("a", "2"); // 3
        put("a", "3"); // 4
        recorder.await(1);
        put("a", "4"); // 5
        recorder.await(2);
        assertEquals(List.of(4L, 5L), recorder.revisions());
    }

    @Test
    void eventsOfOneRevisionComeTogether() {
        Recorder live = watch("k", 0);
        store.commit(Txn.of(puts(5)));
        assertEquals(5, live.await(1).getFirst().events().size());
        assertEquals(5, watch("k", 2).await(1).getFirst().events().size());
        assertEquals(List.of(2L), live.revisions());
    }

    @Test
    void onlyKeysOfTheRangeAreHeard() {
        Recorder one = new Recorder();
        store.watch(new WatchRequest(key("b"), Bytes.EMPTY, 0, false), one);
        Recorder fromB = new Recorder();
        store.watch(new WatchRequest(key("b"), Bytes.ZERO, 0, false), fromB);
        put("a", "1"); // 2
        put("b", "1"); // 3
        put("bb", "1"); // 4
        put("b", "2"); // 5
        one.await(2);
        fromB.await(3);
        assertEquals(List.of(3L, 5L), one.revisions());
        assertEquals(List.of(3L, 4L, 5L), fromB.revisions());
    }

    @Test
    void previousIsDeliveredFromRingAndFromHistory() {
        Recorder live = new Recorder();
        store.watch(new WatchRequest(key("a"), Bytes.EMPTY, 0, true), live);
        put("a", "1"); // 2
        put("a", "2"); // 3
        delete("a"); // 4
        put("a", "3"); // 5
        Recorder past = new Recorder();
        store.watch(new WatchRequest(key("a"), Bytes.EMPTY, 2, true), past);
        for (List<Heard> heard : List.of(live.await(4), past.await(4))) {
            List<Optional<String>> previous = heard.stream()
                    .map(each -> each.events().getFirst().previous().map(kv -> kv.value().text())).toList();
            assertEquals(List.of(Optional.empty(), Optional.of("1"), Optional.of("2"), Optional.empty()), previous);
        }
        assertEquals(live.heard(), past.heard());
    }

    @Test
    void leaseEndIsHeardAsDeletions() {
        store.grant(7, 60);
        put("a", "1", 7);
        put("b", "1", 7);
        Recorder recorder = watch("", 0);
        store.revoke(7);
        List<Event> events = recorder.await(1).getFirst().events();
        assertEquals(2, events.size());
        assertTrue(events.stream().allMatch(event -> event.kind() == Kind.DELETE));
    }

    @Test
    void compactedStartIsToldSo() {
        put("a", "1"); // 2
        put("a", "2"); // 3
        put("a", "3"); // 4
        store.compact(3);
        Recorder recorder = watch("", 2);
        await().atMost(Duration.ofSeconds(10)).until(() -> recorder.compacted() == 3);
        assertEquals(List.of(), recorder.heard());
        Recorder after = watch("", 4);
        after.await(1);
        assertEquals(List.of(4L), after.revisions());
    }

    @Test
    void closedWatchHearsNothingMore() {
        Recorder closed = new Recorder();
        Watch watch = store.watch(WatchRequest.prefix(Bytes.EMPTY, 0), closed);
        put("a", "1");
        closed.await(1);
        watch.close();
        watch.close();
        Recorder open = watch("", 0);
        put("a", "2");
        open.await(1);
        assertEquals(List.of(2L), closed.revisions());
    }

    @Test
    void listenerMayCloseItsOwnWatch() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        Watch[] watch = new Watch[1];
        CountDownLatch set = new CountDownLatch(1);
        watch[0] = store.watch(WatchRequest.prefix(Bytes.EMPTY, 0), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Event> events) {
                try {
                    set.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                calls.incrementAndGet();
                watch[0].close();
                closed.countDown();
            }

            @Override
            public void onCompacted(long compactedRevision) {
                throw new AssertionError("nothing is compacted");
            }
        });
        set.countDown();
        put("a", "1");
        closed.await();
        Recorder other = watch("", 0);
        put("a", "2");
        other.await(1);
        assertEquals(1, calls.get());
    }

    @Test
    void watchesStartedWhileWritesRunMissNothingAndSeeNothingTwice() throws Exception {
        int writes = 1_500;
        List<Recorder> recorders = new ArrayList<>();
        List<Long> starts = new ArrayList<>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int w = 0; w < 3; w++) {
                String key = "k" + w;
                executor.submit(() -> {
                    for (int i = 0; i < writes / 3; i++) {
                        put(key, "" + i);
                    }
                    return null;
                });
            }
            for (int i = 0; i < 40; i++) {
                long revision = store.revision();
                long start = i % 2 == 0 ? Math.max(2, revision - 5L * i) : revision + 1;
                starts.add(start);
                recorders.add(watch("", start));
            }
        }
        for (int i = 0; i < recorders.size(); i++) {
            List<Long> expected = LongStream.rangeClosed(starts.get(i), 1 + writes).boxed().toList();
            recorders.get(i).await(expected.size());
            assertEquals(expected, recorders.get(i).revisions());
        }
    }

    @Test
    void slowListenerCatchesUpFromHistory() throws Exception {
        int writes = 2_500; // more than any ring of recent revisions keeps
        CountDownLatch go = new CountDownLatch(1);
        Recorder recorder = new Recorder();
        store.watch(WatchRequest.prefix(Bytes.EMPTY, 0), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Event> events) {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                recorder.onEvents(revision, events);
            }

            @Override
            public void onCompacted(long compactedRevision) {
                recorder.onCompacted(compactedRevision);
            }
        });
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int w = 0; w < 50; w++) {
                String key = "k" + w;
                executor.submit(() -> {
                    for (int i = 0; i < writes / 50; i++) {
                        put(key, "v" + i);
                    }
                    return null;
                });
            }
        }
        go.countDown();
        recorder.await(writes);
        assertEquals(LongStream.rangeClosed(2, 1 + writes).boxed().toList(), recorder.revisions());
    }

    @Test
    void thousandWatchesOnAPrefixHearIt() {
        List<Recorder> recorders = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            recorders.add(watch(i % 2 == 0 ? "hot/" : "cold/", 0));
        }
        for (int i = 0; i < 5; i++) {
            put("hot/" + i, "x");
        }
        put("cold/1", "x"); // 7
        for (int i = 0; i < recorders.size(); i++) {
            List<Long> expected = i % 2 == 0 ? List.of(2L, 3L, 4L, 5L, 6L) : List.of(7L);
            recorders.get(i).await(expected.size());
            assertEquals(expected, recorders.get(i).revisions());
        }
    }
}
