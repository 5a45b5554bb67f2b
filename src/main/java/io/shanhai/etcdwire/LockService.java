package io.shanhai.etcdwire;

import io.etcd.jetcd.api.lock.LockGrpc;
import io.etcd.jetcd.api.lock.LockRequest;
import io.etcd.jetcd.api.lock.LockResponse;
import io.etcd.jetcd.api.lock.UnlockRequest;
import io.etcd.jetcd.api.lock.UnlockResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.Bytes;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;

/// `v3lockpb.Lock`: locks for clients that do not take them by themselves, as jetcd. A caller that waits holds a thread,
/// and gives its place up when it goes away.
final class LockService extends LockGrpc.LockImplBase {

    private static final Status EXPIRED = Status.UNKNOWN.withDescription("mutex: session is expired"); // etcd's text

    private final Store store;
    private final Identity identity;
    private final Calls calls;
    private final Calls waiting;

    /// @param waiting apart from the others: those who wait for a lock must not keep its holder from giving it up
    LockService(Store store, Identity identity, Calls calls, Calls waiting) {
        this.store = store;
        this.identity = identity;
        this.calls = calls;
        this.waiting = waiting;
    }

    @Override
    public void lock(LockRequest request, StreamObserver<LockResponse> caller) {
        waiting.await(caller, Refusals.byClient(() -> {
            Turn turn = Turn.take(store, Wire.bytes(request.getName()), request.getLease(), Bytes.EMPTY);
            try {
                turn.await(store);
            } catch (InterruptedException | RuntimeException e) {
                turn.leave(store);
                throw e;
            }
            if (!turn.isHeld(store)) { // its lease ended while it waited
                throw EXPIRED.asRuntimeException();
            }
            return LockResponse.newBuilder().setHeader(identity.header(store.revision())).setKey(Wire.string(turn.key()))
                    .build();
        }));
    }

    @Override
    public void unlock(UnlockRequest request, StreamObserver<UnlockResponse> caller) {
        calls.answer(caller, Refusals.byClient(() -> {
            long revision = store.commit(Txn.of(Op.delete(Wire.bytes(request.getKey())))).revision();
            return UnlockResponse.newBuilder().setHeader(identity.header(revision)).build();
        }));
    }
}
