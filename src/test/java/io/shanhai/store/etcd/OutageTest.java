package io.shanhai.store.etcd;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An etcd that is killed, suspended, wiped, restarted: what calls and watches do meanwhile and afterwards.
@Timeout(120)
class OutageTest {

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(1);

    @TempDir
    Path folder;
    private RealEtcd etcd;
    private EtcdStore store;

    @BeforeEach
    void open() throws Exception {
        etcd = RealEtcd.start();
        store = EtcdStores.open(folder, settings(etcd));
    }

    private static EtcdStoreSettings settings(RealEtcd etcd) {
        return new EtcdStoreSettings(etcd.endpoints(), "", "", "", "", "", Duration.ofSeconds(1), CALL_TIMEOUT,
                Duration.ofSeconds(30));
    }

    @AfterEach
    void close() {
        store.close();
        etcd.close();
    }

    private static Bytes key(String text) {
        return Bytes.utf8(text);
    }

    private long put(String key, String value) {
        return store.commit(Txn.of(Op.put(key(key), key(value)))).revision();
    }

    @Test
    void callsFailWithAWordAboutItAndWorkAgainAfterwards() throws Exception {
        put("/a", "1");
        etcd.kill();
        StoreException refused = assertThrows(StoreException.class, () -> put("/a", "2"));
        assertEquals(Code.UNAVAILABLE, refused.code());
        assertTrue(refused.detail().contains(etcd.endpoint()), refused.detail());
        assertTrue(refused.detail().contains("does not answer since 20"), refused.detail());
        assertTrue(refused.detail().contains("store.etcd.endpoints"), refused.detail());
        await().until(() -> store.trouble().orElseThrow().contains("Connection refused"));
        etcd.restart();
        await().until(() -> store.trouble().isEmpty()); // noticed without any call of ours
        assertEquals("1", store.range(RangeRequest.key(key("/a"))).kvs().getFirst().value().text());
        assertEquals(3, put("/a", "2"), "the refused write was not made later");
    }

    @Test
    void deadMemberAmongTheEndpointsHarmsNobody() throws Exception {
        RealEtcd dead = RealEtcd.start();
        dead.close();
        store.close();
        store = EtcdStores.open(folder, EtcdStoreSettings.of(List.of(dead.endpoint(), etcd.endpoint())));
        for (int i = 0; i < 20; i++) {
            assertEquals(2 + i, put("/a", "" + i));
        }
        assertTrue(store.trouble().isEmpty(), store.trouble()::toString);
    }

    /// A silent etcd takes the call's time, not more, and a write may then have been made.
    @Test
    void suspendedEtcdCostsTheCallTimeoutAndTheOutcomeIsCalledUnknown() throws Exception {
        put("/a", "1");
        etcd.suspend();
        long start = System.nanoTime();
        StoreException refused = assertThrows(StoreException.class, () -> put("/a", "2"));
        long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertEquals(Code.UNAVAILABLE, refused.code());
        assertTrue(refused.detail().contains("no answer within 1000 ms"), refused.detail());
        assertTrue(refused.detail().contains("unknown: read before you write again"), refused.detail());
        assertTrue(tookMillis >= CALL_TIMEOUT.toMillis(), "it was not even waited: " + tookMillis);
        etcd.resume();
        await().until(() -> store.trouble().isEmpty());
        assertTrue(put("/a", "3") <= 4);
    }

    @Test
    void watchGoesOnWithWhatWasWrittenWhileItHadNoStream() throws Exception {
        Heard heard = new Heard();
        store.watch(WatchRequest.prefix(key("/"), 0), heard);
        put("/a", "1"); // 2
        heard.await(2);
        etcd.kill();
        await().until(() -> store.trouble().isPresent()); // the watch noticed, nobody called
        etcd.restart();
        etcd.etcdctl("put", "/a", "2"); // 3
        etcd.etcdctl("put", "/b", "2"); // 4
        heard.await(4);
        assertEquals(List.of(2L, 3L, 4L), heard.revisions());
        await().until(() -> store.trouble().isEmpty());
    }

    @Test
    void watchIsToldWhenCompactionOvertookItDuringTheOutage() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Heard heard = new Heard();
        store.watch(WatchRequest.prefix(key("/"), 0), waitingFor(go, heard)); // its thread cannot look for a new stream
        put("/a", "1"); // 2
        etcd.kill();
        etcd.restart();
        for (int i = 0; i < 5; i++) {
            etcd.etcdctl("put", "/a", "x"); // 3 to 7
        }
        etcd.etcdctl("compact", "6");
        go.countDown();
        await().until(() -> heard.compacted() == 6);
        assertEquals(List.of(2L), heard.revisions());
        assertEquals(6, store.compactedRevision());
    }

    /// Hears nothing before it is told to.
    private static Watch.Listener waitingFor(CountDownLatch go, Heard heard) {
        return new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> events) {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                heard.onEvents(revision, events);
            }

            @Override
            public void onCompacted(long compactedRevision) {
                heard.onCompacted(compactedRevision);
            }
        };
    }

    /// The same flags give a wiped etcd the same cluster id: only its revision tells.
    @Test
    void wipedEtcdIsNoticedAndBeginsAnotherEpoch() throws Exception {
        Heard heard = new Heard();
        store.watch(WatchRequest.prefix(key("/"), 0), heard);
        for (int i = 0; i < 5; i++) {
            put("/a", "" + i);
        }
        heard.await(6);
        assertEquals(1, store.epoch());
        etcd.kill();
        etcd.wipe();
        etcd.restart();
        await().until(() -> heard.compacted() > 0);
        assertEquals(1, heard.compacted(), "watch again from the revision it is at");
        assertEquals(2, store.epoch());
        store.close();
        store = EtcdStores.open(folder, settings(etcd));
        assertEquals(2, store.epoch(), "kept over a restart");
    }

    @Test
    void anotherClusterAtTheNextStartIsAnotherEpoch() throws Exception {
        assertEquals(1, store.epoch());
        store.close();
        etcd.close();
        etcd = RealEtcd.start("--initial-cluster-token", "another");
        store = EtcdStores.open(folder, settings(etcd));
        assertEquals(2, store.epoch());
    }

    @Test
    void startGivesUpAfterItsTimeWithOneLine() throws Exception {
        etcd.kill();
        EtcdStoreSettings impatient = new EtcdStoreSettings(etcd.endpoints(), "", "", "", "", "", Duration.ofSeconds(1),
                CALL_TIMEOUT, Duration.ofMillis(300));
        StoreException refused = assertThrows(StoreException.class, () -> EtcdStores.open(folder, impatient));
        assertEquals(Code.UNAVAILABLE, refused.code());
        assertTrue(refused.detail().contains("Connection refused"), refused.detail());
        assertFalse(refused.detail().contains("\n"), refused.detail());
    }

    @Test
    void startWaitsForAnEtcdThatComesLater() throws Exception {
        store.close();
        etcd.kill();
        List<String> told = new ArrayList<>();
        store = new EtcdStore(folder.resolve("etcd-history"), 1, settings(etcd), new PlainMetrics());
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch waiting = new CountDownLatch(1);
            var start = executor.submit(() -> store.start(why -> {
                told.add(why);
                waiting.countDown();
            }));
            waiting.await();
            assertFalse(start.isDone());
            etcd.restart();
            start.get();
        }
        assertTrue(told.getFirst().contains("Connection refused"), told::toString);
        assertEquals(2, put("/a", "1"));
    }

    /// Three kills under writers: every acknowledged write is heard once, in order, and nothing is heard that was not made.
    @Test
    void watchMissesNothingAndHearsNothingTwiceOverKillsUnderConcurrentWriters() throws Exception {
        Heard heard = new Heard();
        store.watch(WatchRequest.prefix(key("/"), 0), heard);
        Set<Long> acknowledged = new ConcurrentSkipListSet<>();
        AtomicBoolean writing = new AtomicBoolean(true);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int w = 0; w < 4; w++) {
                String key = "/w" + w;
                executor.submit(() -> {
                    for (int i = 0; writing.get(); i++) {
                        try {
                            acknowledged.add(put(key, "" + i));
                        } catch (StoreException e) {
                            assertEquals(Code.UNAVAILABLE, e.code());
                            Thread.onSpinWait();
                        }
                    }
                    return null;
                });
            }
            for (int kills = 0; kills < 3; kills++) {
                int before = acknowledged.size();
                await().until(() -> acknowledged.size() > before + 50);
                etcd.kill();
                etcd.restart();
            }
            int before = acknowledged.size();
            await().until(() -> acknowledged.size() > before + 50);
            writing.set(false);
        }
        long last = store.revision();
        heard.await(last);
        List<Long> revisions = heard.revisions();
        assertEquals(List.copyOf(new TreeSet<>(revisions)), revisions, "in order, each once");
        Set<Long> missed = new TreeSet<>(acknowledged);
        missed.removeAll(Set.copyOf(revisions));
        assertEquals(Set.of(), missed);
        assertEquals(last - 1, revisions.size(), "a write is a revision, and all of them are under the prefix");
    }

    /// A listener that does not return stops the stream: what it misses stays with etcd.
    @Test
    void slowListenerHoldsEtcdBackAndGetsEverythingLater() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Heard heard = new Heard();
        store.watch(WatchRequest.prefix(key("/"), 0), waitingFor(go, heard));
        Bytes value = Bytes.wrap(new byte[256 * 1024]);
        long before = used();
        long last = 0;
        for (int i = 0; i < 400; i++) { // 100 MiB
            last = store.commit(Txn.of(Op.put(key("/a"), value))).revision();
        }
        long kept = used() - before;
        assertTrue(kept < 50L << 20, "it keeps " + kept + " bytes of 100 MiB");
        go.countDown();
        heard.await(last);
        assertEquals(400, heard.revisions().size());
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /// What a watch was told, without values.
    private static final class Heard implements Watch.Listener {

        private final List<Long> revisions = new ArrayList<>();
        private long compacted;

        @Override
        public synchronized void onEvents(long revision, List<Watch.Event> events) {
            revisions.add(revision);
        }

        @Override
        public synchronized void onCompacted(long compactedRevision) {
            compacted = compactedRevision;
        }

        synchronized List<Long> revisions() {
            return List.copyOf(revisions);
        }

        synchronized long compacted() {
            return compacted;
        }

        void await(long revision) {
            Awaitility.await().atMost(Duration.ofSeconds(60))
                    .until(() -> revisions().contains(revision));
        }
    }
}
