package io.shanhai.store.etcd;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.shanhai.store.Bytes;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three members, of which some go: the others are enough, or nobody is.
@Timeout(120)
class MemberLossTest {

    @TempDir
    Path folder;
    private List<RealEtcd> members;
    private EtcdStore store;
    private final List<Long> heard = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void open() throws Exception {
        members = RealEtcd.startCluster(3);
        store = EtcdStores.open(folder, EtcdStoreSettings.of(members.stream().map(RealEtcd::endpoint).toList()));
        store.watch(WatchRequest.prefix(Bytes.utf8("/"), 0), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> events) {
                heard.add(revision);
            }

            @Override
            public void onCompacted(long compactedRevision) {
                throw new AssertionError("nothing is compacted");
            }
        });
    }

    @AfterEach
    void close() {
        store.close();
        members.forEach(RealEtcd::close);
    }

    private long put() {
        return store.commit(Txn.of(Op.put(Bytes.utf8("/a"), Bytes.utf8("1")))).revision();
    }

    /// Writes that a lost member took with it are refused with UNAVAILABLE; the next ones find the others.
    private long eventuallyPut() {
        return await().atMost(Duration.ofSeconds(30)).ignoreException(StoreException.class).until(this::put, revision -> true);
    }

    @Test
    void eachMemberMayBeLostInTurnAndTheWatchMissesNothing() throws Exception {
        long last = put();
        for (RealEtcd member : members) {
            member.kill(); // one of them has the watch, one is the leader
            last = eventuallyPut();
            await().atMost(Duration.ofSeconds(30)).until(() -> store.trouble().isEmpty());
            member.restart();
        }
        long expected = last;
        await().atMost(Duration.ofSeconds(30)).until(() -> heard.contains(expected));
        assertEquals(LongStream.rangeClosed(2, last).boxed().toList(), heard);
        assertEquals(1, store.epoch(), "a member that lags behind is no other history");
    }

    @Test
    void withoutMajorityNothingIsWrittenUntilItIsBack() throws Exception {
        put();
        members.get(0).kill();
        members.get(1).kill();
        assertThrows(StoreException.class, () -> {
            for (int i = 0; i < 3; i++) { // whichever member is asked
                put();
            }
        });
        await().atMost(Duration.ofSeconds(30)).until(() -> store.trouble().isPresent());
        members.get(0).restart();
        long revision = eventuallyPut();
        await().atMost(Duration.ofSeconds(30)).until(() -> heard.contains(revision));
        await().atMost(Duration.ofSeconds(30)).until(() -> store.trouble().isEmpty());
        assertEquals(LongStream.rangeClosed(2, revision).boxed().toList(), heard);
    }
}
