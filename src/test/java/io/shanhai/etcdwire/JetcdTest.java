package io.shanhai.etcdwire;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.election.CampaignResponse;
import io.etcd.jetcd.election.LeaderResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.lock.LockResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.watch.WatchEvent;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An unmodified jetcd in front of the door. Its locks and elections are the server's work.
class JetcdTest {

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @TempDir
    Path folder;

    private TestDoor door;
    private Client client;

    @BeforeEach
    void start() throws IOException {
        door = new TestDoor(folder);
        client = Client.builder().endpoints(door.endpoint()).build();
    }

    @AfterEach
    void stop() {
        client.close();
        door.close();
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void keysAndTransactions() throws Exception {
        get(client.getKVClient().put(bytes("a"), bytes("1")));
        get(client.getKVClient().put(bytes("b"), bytes("1")));
        assertEquals(2, get(client.getKVClient().get(bytes("a"), GetOption.builder().withRange(bytes("c")).build())).getCount());
        TxnResponse txn = get(client.getKVClient().txn().If(new Cmp(bytes("a"), Cmp.Op.EQUAL, CmpTarget.value(bytes("1"))))
                .Then(Op.put(bytes("a"), bytes("2"), PutOption.DEFAULT)).commit());
        assertTrue(txn.isSucceeded());
        assertEquals("2", get(client.getKVClient().get(bytes("a"))).getKvs().getFirst().getValue().toString());
        assertEquals(1, get(client.getKVClient().delete(bytes("a"))).getDeleted());
        get(client.getKVClient().compact(3));
    }

    @Test
    void requestThatIsTooLargeIsToldSo() {
        for (int bytes : new int[]{1_600_000, 3_000_000}) {
            ExecutionException refused = assertThrows(ExecutionException.class,
                    () -> get(client.getKVClient().put(bytes("a"), ByteSequence.from(new byte[bytes]))));
            assertTrue(refused.getMessage().contains("etcdserver: request is too large"), refused.getMessage());
        }
    }

    @Test
    void watchIsHeardAndGoneAfterItsClose() throws Exception {
        List<WatchEvent> events = new CopyOnWriteArrayList<>();
        try (Watch.Watcher watcher = client.getWatchClient().watch(bytes("w/"),
                WatchOption.builder().isPrefix(true).withPrevKV(true).build(),
                response -> events.addAll(response.getEvents()))) {
            await().atMost(PATIENCE).until(() -> door.metric("shanhai_etcd_watches", "") == 1);
            get(client.getKVClient().put(bytes("w/1"), bytes("x")));
            get(client.getKVClient().delete(bytes("w/1")));
            await().atMost(PATIENCE).until(() -> events.size() == 2);
            assertEquals(WatchEvent.EventType.DELETE, events.get(1).getEventType());
            assertFalse(watcher.isClosed());
        }
        await().atMost(PATIENCE).until(() -> door.metric("shanhai_etcd_watches", "") == 0);
    }

    @Test
    void leaseIsKeptAliveAndEndsWhenItIsNot() throws Exception {
        long lease = get(client.getLeaseClient().grant(1)).getID();
        get(client.getKVClient().put(bytes("l"), bytes("x"), PutOption.builder().withLeaseId(lease).build()));
        AtomicInteger renewals = new AtomicInteger();
        CloseableClient renewing = client.getLeaseClient().keepAlive(lease, new StreamObserver<>() {
            @Override
            public void onNext(LeaseKeepAliveResponse response) {
                renewals.incrementAndGet();
            }

            @Override
            public void onError(Throwable thrown) {}

            @Override
            public void onCompleted() {}
        });
        await().atMost(PATIENCE).until(() -> renewals.get() >= 4); // one a third of its second: it lives longer than it
        assertEquals(1, get(client.getKVClient().get(bytes("l"))).getCount());
        renewing.close();
        await().atMost(PATIENCE).until(() -> get(client.getKVClient().get(bytes("l"))).getCount() == 0);
    }

    @Test
    void lockIsHeldByOneAndPassedOn() throws Exception {
        long first = get(client.getLeaseClient().grant(60)).getID();
        long second = get(client.getLeaseClient().grant(60)).getID();
        LockResponse held = get(client.getLockClient().lock(bytes("mutex"), first));
        assertEquals("mutex/" + Long.toHexString(first), held.getKey().toString());
        CompletableFuture<LockResponse> waiting = client.getLockClient().lock(bytes("mutex"), second);
        await().atMost(PATIENCE).until(() -> get(client.getKVClient().get(bytes("mutex/"),
                GetOption.builder().isPrefix(true).build())).getCount() == 2);
        assertFalse(waiting.isDone());
        get(client.getLockClient().unlock(held.getKey()));
        assertEquals("mutex/" + Long.toHexString(second), get(waiting).getKey().toString());
    }

    @Test
    void whoGoesAwayWhileWaitingForALockGivesItsPlaceUp() throws Exception {
        long first = get(client.getLeaseClient().grant(60)).getID();
        get(client.getLockClient().lock(bytes("mutex"), first));
        try (Client impatient = Client.builder().endpoints(door.endpoint()).build()) {
            impatient.getLockClient().lock(bytes("mutex"), get(impatient.getLeaseClient().grant(60)).getID());
            await().atMost(PATIENCE).until(() -> get(client.getKVClient().get(bytes("mutex/"),
                    GetOption.builder().isPrefix(true).build())).getCount() == 2);
        }
        await().atMost(PATIENCE).until(() -> get(client.getKVClient().get(bytes("mutex/"),
                GetOption.builder().isPrefix(true).build())).getCount() == 1);
    }

    @Test
    void electionHasOneLeaderAtATime() throws Exception {
        Election election = client.getElectionClient();
        long first = get(client.getLeaseClient().grant(60)).getID();
        long second = get(client.getLeaseClient().grant(60)).getID();
        List<String> heard = new CopyOnWriteArrayList<>();
        election.observe(bytes("vote"), new Election.Listener() {
            @Override
            public void onNext(LeaderResponse response) {
                heard.add(response.getKv().getValue().toString());
            }

            @Override
            public void onError(Throwable error) {}

            @Override
            public void onCompleted() {}
        });
        CampaignResponse won = get(election.campaign(bytes("vote"), first, bytes("one")));
        CompletableFuture<CampaignResponse> waiting = election.campaign(bytes("vote"), second, bytes("two"));
        await().atMost(PATIENCE).until(() -> heard.contains("one"));
        get(election.proclaim(won.getLeader(), bytes("one again")));
        await().atMost(PATIENCE).until(() -> heard.contains("one again"));
        assertFalse(waiting.isDone());
        assertEquals("one again", get(election.leader(bytes("vote"))).getKv().getValue().toString());
        get(election.resign(won.getLeader()));
        assertEquals(second, get(waiting).getLeader().getLease());
        await().atMost(PATIENCE).until(() -> heard.contains("two"));
        assertEquals(List.of("one", "one again", "two"), heard);
    }

    @Test
    void maintenanceAndCluster() throws Exception {
        assertEquals(1, get(client.getClusterClient().listMember()).getMembers().size());
        assertEquals(Identity.SERVER_VERSION,
                get(client.getMaintenanceClient().statusMember(door.endpoint())).getVersion());
        get(client.getMaintenanceClient().defragmentMember(door.endpoint()));
        assertEquals(0, get(client.getMaintenanceClient().listAlarms()).getAlarms().size());
    }
}
