package io.shanhai.etcdwire;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCancelRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchCreateRequest.FilterType;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Watch streams by raw gRPC: what no client library lets one see or do.
class WatchTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private TestDoor door;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        EtcdSettings s = EtcdSettings.forTests();
        door = new TestDoor(folder, new EtcdSettings(s.address(), 0, "", "", "", "", "", 1, 2000, s.maxRequests(), s.maxWaiting(),
                3_000, Duration.ofMillis(300), s.idleTimeout()));
        channel = channel();
    }

    private ManagedChannel channel() {
        return NettyChannelBuilder.forAddress("127.0.0.1", door.port()).negotiationType(NegotiationType.PLAINTEXT)
                .maxInboundMessageSize(64 << 20).build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        door.close();
    }

    /// A stream whose reader takes messages only when told to.
    private static final class WatchClient extends ClientCall.Listener<WatchResponse> {

        final List<WatchResponse> heard = new CopyOnWriteArrayList<>();
        private final ClientCall<WatchRequest, WatchResponse> call;
        private final boolean greedy;
        volatile boolean closed;

        WatchClient(ManagedChannel channel, boolean greedy) {
            this.greedy = greedy;
            call = channel.newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT);
            call.start(this, new Metadata());
            if (greedy) {
                call.request(1);
            }
        }

        @Override
        public void onMessage(WatchResponse message) {
            heard.add(message);
            if (greedy) {
                call.request(1);
            }
        }

        @Override
        public void onClose(io.grpc.Status status, Metadata trailers) {
            closed = true;
        }

        WatchClient create(WatchCreateRequest.Builder request) {
            call.sendMessage(WatchRequest.newBuilder().setCreateRequest(request).build());
            return this;
        }

        void cancel(long id) {
            call.sendMessage(WatchRequest.newBuilder().setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(id)).build());
        }

        void progress() {
            call.sendMessage(WatchRequest.newBuilder().setProgressRequest(WatchProgressRequest.getDefaultInstance()).build());
        }

        List<WatchResponse> await(int count) {
            org.awaitility.Awaitility.await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5))
                    .until(() -> heard.size() >= count);
            return heard;
        }

        List<Event> events() {
            return heard.stream().flatMap(response -> response.getEventsList().stream()).toList();
        }

        void end() {
            call.cancel("the test is over", null);
        }
    }

    private WatchClient client() {
        return new WatchClient(channel, true);
    }

    private static WatchCreateRequest.Builder prefix(String prefix) {
        return WatchCreateRequest.newBuilder().setKey(ByteString.copyFromUtf8(prefix))
                .setRangeEnd(Wire.string(Bytes.utf8(prefix).prefixEnd()));
    }

    private long put(String key, String value) {
        return door.store.commit(Txn.of(Op.put(Bytes.utf8(key), Bytes.utf8(value)))).revision();
    }

    @Test
    void createdComesFirstAndNamesTheRevisionBehindWhichItBegins() {
        long before = put("a/1", "x");
        WatchClient client = client().create(prefix("a/"));
        WatchResponse created = client.await(1).getFirst();
        assertTrue(created.getCreated());
        assertFalse(created.getCanceled());
        assertEquals(0, created.getWatchId());
        assertEquals(before, created.getHeader().getRevision());
        assertTrue(created.getHeader().getClusterId() != 0 && created.getHeader().getMemberId() != 0);
        long after = put("a/2", "x");
        WatchResponse event = client.await(2).get(1);
        assertEquals(after, event.getHeader().getRevision());
        assertEquals("a/2", event.getEvents(0).getKv().getKey().toStringUtf8());
    }

    @Test
    void idsAreChosenByServerOrClientAndADuplicateIsCancelled() {
        WatchClient client = client().create(prefix("a/")).create(prefix("b/").setUnknownFields(Missing.CREATE_WATCH_ID.with(7)))
                .create(prefix("c/").setUnknownFields(Missing.CREATE_WATCH_ID.with(7))).create(prefix("d/"));
        List<WatchResponse> heard = client.await(4);
        assertEquals(List.of(0L, 7L, -1L, 1L), heard.stream().map(WatchResponse::getWatchId).toList());
        assertTrue(heard.get(2).getCreated() && heard.get(2).getCanceled());
        assertEquals("mvcc: duplicate watch ID provided on the WatchStream", heard.get(2).getCancelReason());
    }

    @Test
    void emptyRangeAndNegativeRevisionAreCancelledAtOnce() {
        WatchClient client = client()
                .create(WatchCreateRequest.newBuilder().setKey(ByteString.copyFromUtf8("b"))
                        .setRangeEnd(ByteString.copyFromUtf8("a")))
                .create(prefix("a/").setStartRevision(-1));
        List<WatchResponse> heard = client.await(2);
        assertEquals("mvcc: watcher range is empty", heard.get(0).getCancelReason());
        for (WatchResponse response : heard) {
            assertTrue(response.getCreated() && response.getCanceled());
            assertEquals(-1, response.getWatchId());
        }
    }

    @Test
    void filtersAndPreviousValues() {
        WatchClient puts = client().create(prefix("a/").addFilters(FilterType.NODELETE).setPrevKv(true));
        WatchClient deletions = client().create(prefix("a/").addFilters(FilterType.NOPUT));
        puts.await(1);
        deletions.await(1);
        put("a/1", "x");
        put("a/1", "y");
        door.store.commit(Txn.of(Op.delete(Bytes.utf8("a/1"))));
        put("a/1", "z");
        puts.await(4);
        deletions.await(2);
        assertEquals(List.of("x", "y", "z"), puts.events().stream().map(e -> e.getKv().getValue().toStringUtf8()).toList());
        assertEquals(List.of("", "x", ""), puts.events().stream().map(e -> e.getPrevKv().getValue().toStringUtf8()).toList());
        assertEquals(List.of(Event.EventType.DELETE), deletions.events().stream().map(Event::getType).toList());
    }

    @Test
    void cancelledWatchSendsNothingMore() {
        WatchClient client = client().create(prefix("a/")).create(prefix("a/"));
        client.await(2);
        client.cancel(0);
        WatchResponse cancelled = client.await(3).get(2);
        assertTrue(cancelled.getCanceled());
        assertEquals(0, cancelled.getWatchId());
        put("a/1", "x");
        assertEquals(1, client.await(4).get(3).getWatchId());
        client.progress(); // what is answered after it came after it
        assertEquals(-1, client.await(5).get(4).getWatchId());
    }

    @Test
    void eventsOfARevisionAreOneResponseUnlessFragmentsAreAskedFor() {
        WatchClient whole = client().create(prefix("big/"));
        WatchClient parts = client().create(prefix("big/").setUnknownFields(Missing.CREATE_FRAGMENT.with(1)));
        whole.await(1);
        parts.await(1);
        byte[] value = new byte[11_000];
        // Deleting with previous values makes a response of more than one fragment out of a small request.
        for (int part = 0; part < 3; part++) {
            int from = part * 100;
            door.store.commit(Txn.of(IntStream.range(from, from + 100)
                    .<Op>mapToObj(i -> Op.put(Bytes.utf8("big/" + i), Bytes.wrap(value))).toList()));
        }
        WatchClient previous = client()
                .create(prefix("big/").setPrevKv(true).setUnknownFields(Missing.CREATE_FRAGMENT.with(1)));
        previous.await(1);
        whole.await(4);
        parts.await(4);
        door.store.commit(Txn.of(new Op.Delete(Bytes.utf8("big/"), Bytes.utf8("big/").prefixEnd(), false)));
        List<WatchResponse> fragments = previous.await(3).subList(1, 3);
        assertEquals(List.of(1L, 0L), fragments.stream().map(Missing.RESPONSE_FRAGMENT::number).toList());
        assertEquals(300, fragments.stream().mapToInt(WatchResponse::getEventsCount).sum());
        assertEquals(fragments.get(0).getHeader().getRevision(), fragments.get(1).getHeader().getRevision());
        assertEquals(300, whole.await(5).get(4).getEventsCount());
    }

    @Test
    void compactedStartIsCancelledWithTheRevisionToGoOnFrom() {
        put("a/1", "1");
        put("a/1", "2");
        long compacted = put("a/1", "3");
        door.store.compact(compacted);
        WatchClient client = client().create(prefix("a/").setStartRevision(2));
        WatchResponse over = client.await(2).get(1);
        assertTrue(over.getCanceled());
        assertEquals(compacted, over.getCompactRevision());
        client.create(prefix("a/").setStartRevision(compacted));
        assertEquals(1, client.await(4).get(3).getEventsCount());
        await().atMost(PATIENCE).until(() -> door.metric("shanhai_etcd_watches", "") == 1);
    }

    @Test
    void progressIsForAllWatchesAndOnlyWhenTheyAreThere() {
        WatchClient client = client().create(prefix("a/")).create(prefix("b/"));
        client.await(2);
        put("a/1", "x");
        long newest = put("elsewhere", "x");
        client.progress();
        await().atMost(PATIENCE).until(() -> client.heard.stream().anyMatch(response -> response.getWatchId() == -1));
        WatchResponse progress = client.heard.getLast();
        assertEquals(newest, progress.getHeader().getRevision());
        assertEquals(0, progress.getEventsCount());
        assertEquals(1, client.events().size()); // came before it
    }

    @Test
    void quietWatchThatAskedForItHearsHowFarItIs() {
        WatchClient asking = client().create(prefix("a/").setProgressNotify(true));
        WatchClient silent = client().create(prefix("a/"));
        asking.await(1);
        silent.await(1);
        long newest = put("elsewhere", "x");
        await().atMost(PATIENCE).until(() -> asking.heard.getLast().getHeader().getRevision() == newest);
        assertEquals(0, asking.heard.getLast().getWatchId());
        assertEquals(0, asking.events().size());
        assertEquals(1, silent.heard.size());
    }

    /// One client does not read. What the door holds for it stays bounded; the others hear everything.
    @Test
    void stalledReaderHoldsABoundedAmountAndDelaysNobody() {
        int events = 1_000;
        String value = "v".repeat(10_000);
        ManagedChannel own = channel();
        WatchClient stalled = new WatchClient(own, false).create(prefix("s/"));
        List<WatchClient> readers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            readers.add(client().create(prefix("s/")));
        }
        readers.forEach(reader -> reader.await(1));
        await().atMost(PATIENCE).until(() -> door.metric("shanhai_etcd_watches", "") == 21);
        for (int i = 0; i < events; i++) {
            put("s/" + i, value);
        }
        readers.forEach(reader -> reader.await(1 + events));
        double waiting = door.metric("shanhai_etcd_watch_waiting_bytes", "");
        assertTrue(waiting > 0 && waiting < 20_000, "waiting: " + waiting + " bytes (expected: one event)");
        // Handed to gRPC was what fits its 32 KiB and the flow-control windows of the client; 1,000 events are 10 MB.
        double sent = door.metric("shanhai_etcd_watch_sent_bytes_total", "") - 20.0 * events * value.length();
        assertTrue(sent < 4_000_000, "sent to the stalled reader: " + sent + " bytes");
        stalled.call.request(Integer.MAX_VALUE);
        stalled.await(1 + events);
        assertEquals(IntStream.range(0, events).mapToObj(i -> "s/" + i).toList(),
                stalled.events().stream().map(event -> event.getKv().getKey().toStringUtf8()).toList());
        own.shutdownNow();
        await().atMost(PATIENCE).until(() -> door.metric("shanhai_etcd_watch_waiting_bytes", "") == 0);
    }

    @Test
    void twoThousandStreamsHearAWriteAndAreBounded() {
        List<WatchClient> clients = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            clients.add(client().create(prefix("many/")));
        }
        clients.forEach(each -> each.await(1));
        assertEquals(2_000, door.metric("shanhai_etcd_streams", ""));
        put("many/1", "x");
        clients.forEach(each -> assertEquals(1, each.await(2).get(1).getEventsCount()));
        WatchClient more = client();
        for (int i = 0; i < 1_001; i++) {
            more.create(prefix("more/"));
        }
        WatchResponse refused = more.await(1_001).getLast();
        assertTrue(refused.getCanceled());
        assertEquals("etcdserver: too many watches", refused.getCancelReason());
        assertEquals(1, door.metric("shanhai_etcd_refused_total", "bound=\"watches\""));
        channel.shutdownNow();
        await().atMost(PATIENCE).until(() -> door.metric("shanhai_etcd_watches", "") == 0
                && door.metric("shanhai_etcd_streams", "") == 0 && door.metric("shanhai_store_watches", "") == 0);
    }

    @Test
    void closingTheDoorEndsStreams() {
        WatchClient client = client().create(prefix("a/"));
        client.await(1);
        door.door.close();
        await().atMost(PATIENCE).until(() -> client.closed);
    }
}
