package io.shanhai.etcdwire;

import io.etcd.jetcd.api.CampaignRequest;
import io.etcd.jetcd.api.CampaignResponse;
import io.etcd.jetcd.api.ElectionGrpc;
import io.etcd.jetcd.api.LeaderKey;
import io.etcd.jetcd.api.LeaderRequest;
import io.etcd.jetcd.api.LeaderResponse;
import io.etcd.jetcd.api.ProclaimRequest;
import io.etcd.jetcd.api.ProclaimResponse;
import io.etcd.jetcd.api.ResignRequest;
import io.etcd.jetcd.api.ResignResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.TxnResult;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;

/// `v3electionpb.Election`: elections for clients that do not hold them by themselves, as jetcd.
final class ElectionService extends ElectionGrpc.ElectionImplBase {

    // etcd's texts; it gives them the code Unknown
    private static final Status NOT_LEADER = Status.UNKNOWN.withDescription("election: not leader");
    private static final Status NO_LEADER = Status.UNKNOWN.withDescription("election: no leader");
    private static final Status NO_LEADER_KEY = Status.UNKNOWN.withDescription("\"leader\" field must be provided");

    private final Store store;
    private final Identity identity;
    private final Calls calls;
    private final Calls waiting;
    private final LongAdder waitingBytes;

    /// @param waiting for candidates and observers, see [LockService]
    ElectionService(Store store, Identity identity, Calls calls, Calls waiting, LongAdder waitingBytes) {
        this.store = store;
        this.identity = identity;
        this.calls = calls;
        this.waiting = waiting;
        this.waitingBytes = waitingBytes;
    }

    @Override
    public void campaign(CampaignRequest request, StreamObserver<CampaignResponse> caller) {
        waiting.await(caller, Refusals.byClient(() -> {
            Bytes value = Wire.bytes(request.getValue());
            Turn turn = Turn.take(store, Wire.bytes(request.getName()), request.getLease(), value);
            long revision = turn.revision();
            try {
                if (!turn.value().equals(value)) { // the lease stood already, with something else to say
                    revision = say(turn, value);
                }
                turn.await(store);
            } catch (InterruptedException | RuntimeException e) {
                turn.leave(store);
                throw e;
            }
            LeaderKey leader = LeaderKey.newBuilder().setName(request.getName()).setKey(Wire.string(turn.key()))
                    .setRev(turn.createRevision()).setLease(turn.lease()).build();
            return CampaignResponse.newBuilder().setHeader(identity.header(revision)).setLeader(leader).build();
        }));
    }

    private long say(Turn turn, Bytes value) {
        TxnResult said = turn.say(store, value);
        if (!said.succeeded()) {
            throw NOT_LEADER.asRuntimeException();
        }
        return said.revision();
    }

    @Override
    public void proclaim(ProclaimRequest request, StreamObserver<ProclaimResponse> caller) {
        calls.answer(caller, Refusals.byClient(() -> {
            Turn turn = turn(request.hasLeader(), request.getLeader());
            long revision = say(turn, Wire.bytes(request.getValue()));
            return ProclaimResponse.newBuilder().setHeader(identity.header(revision)).build();
        }));
    }

    @Override
    public void resign(ResignRequest request, StreamObserver<ResignResponse> caller) {
        calls.answer(caller, Refusals.byClient(() -> {
            long revision = turn(request.hasLeader(), request.getLeader()).leave(store);
            return ResignResponse.newBuilder().setHeader(identity.header(revision)).build();
        }));
    }

    private static Turn turn(boolean given, LeaderKey leader) {
        if (!given) {
            throw NO_LEADER_KEY.asRuntimeException();
        }
        return new Turn(Bytes.EMPTY, Wire.bytes(leader.getKey()), leader.getLease(), leader.getRev(), 0, Bytes.EMPTY);
    }

    @Override
    public void leader(LeaderRequest request, StreamObserver<LeaderResponse> caller) {
        calls.answer(caller, Refusals.byClient(() -> {
            RangeResult found = Turn.first(store, Turn.prefix(Wire.bytes(request.getName())));
            if (found.kvs().isEmpty()) {
                throw NO_LEADER.asRuntimeException();
            }
            return response(found.revision(), found.kvs().getFirst());
        }));
    }

    private LeaderResponse response(long revision, KeyValue kv) {
        return LeaderResponse.newBuilder().setHeader(identity.header(revision)).setKv(Wire.keyValue(kv)).build();
    }

    @Override
    public void observe(LeaderRequest request, StreamObserver<LeaderResponse> caller) {
        ServerCallStreamObserver<LeaderResponse> observer = (ServerCallStreamObserver<LeaderResponse>) caller;
        PacedStream<LeaderResponse> out = new PacedStream<>(observer, waitingBytes);
        observer.setOnReadyHandler(out::wake);
        Bytes prefix = Turn.prefix(Wire.bytes(request.getName()));
        waiting.stream(observer, out::abandon, () -> {
            while (!out.isOver()) {
                observeOne(prefix, out);
            }
        });
    }

    /// One leader from its election, or from now on, to its end.
    private void observeOne(Bytes prefix, PacedStream<LeaderResponse> out) throws InterruptedException {
        RangeResult found = Turn.first(store, prefix);
        if (found.kvs().isEmpty()) {
            RangeRequest all = RangeRequest.prefix(prefix);
            Turn.awaitEvent(store, new WatchRequest(all.key(), all.rangeEnd(), found.revision() + 1, false),
                    event -> event.kind() == Watch.Kind.PUT);
            return;
        }
        KeyValue leader = found.kvs().getFirst();
        send(out, response(found.revision(), leader));
        CountDownLatch ended = new CountDownLatch(1);
        try (Watch _ = store.watch(new WatchRequest(leader.key(), Bytes.EMPTY, found.revision() + 1, false),
                new Proclamations(out, ended))) {
            ended.await();
        }
    }

    private static boolean send(PacedStream<LeaderResponse> out, LeaderResponse response) {
        return out.send(response, response.getSerializedSize(), () -> true);
    }

    /// What one leader says, until its key is gone.
    private final class Proclamations implements Watch.Listener {

        private final PacedStream<LeaderResponse> out;
        private final CountDownLatch ended;

        Proclamations(PacedStream<LeaderResponse> out, CountDownLatch ended) {
            this.out = out;
            this.ended = ended;
        }

        @Override
        public void onEvents(long revision, List<Watch.Event> events) {
            Watch.Event event = events.getFirst(); // one key changes once in a revision
            if (event.kind() == Watch.Kind.DELETE || !send(out, response(revision, event.kv()))) {
                ended.countDown();
            }
        }

        /// Who reads so slowly misses what was said meanwhile: the next look says who leads now.
        @Override
        public void onCompacted(long compactedRevision) {
            ended.countDown();
        }
    }
}
