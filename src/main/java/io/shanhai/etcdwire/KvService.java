package io.shanhai.etcdwire;

import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.CompactionResponse;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.DeleteRangeResponse;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.TxnResult.OpResult;

/// `etcdserverpb.KV`.
final class KvService extends KVGrpc.KVImplBase {

    /*
     * HOT PATH: put and the range of one key. The key is copied once on its way in, the value twice at most (protobuf's
     * array, the log's frame) and not at all on its way out. A write waits on no thread: a batch of them costs one wake-up. A read of one key is answered by the event loop: handing it
     * over would cost as much as the read.
     */

    private final Store store;
    private final Identity identity;
    private final Calls calls;

    KvService(Store store, Identity identity, Calls calls) {
        this.store = store;
        this.identity = identity;
        this.calls = calls;
    }

    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> caller) {
        if (request.getRangeEnd().isEmpty()) {
            Calls.answerNow(caller, () -> range(request));
        } else {
            calls.answer(caller, () -> range(request));
        }
    }

    private RangeResponse range(RangeRequest request) {
        RangeResult result = store.range(Wire.range(request));
        return Wire.range(identity.header(result.revision()), result);
    }

    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> caller) {
        calls.commit(caller, store, () -> Txn.of(Wire.put(request)),
                result -> Wire.put(identity.header(result.revision()), (OpResult.Put) result.results().getFirst()));
    }

    @Override
    public void deleteRange(DeleteRangeRequest request, StreamObserver<DeleteRangeResponse> caller) {
        calls.commit(caller, store, () -> Txn.of(Wire.delete(request)),
                result -> Wire.delete(identity.header(result.revision()), (OpResult.Delete) result.results().getFirst()));
    }

    @Override
    public void txn(TxnRequest request, StreamObserver<TxnResponse> caller) {
        calls.commit(caller, store, () -> Wire.txn(request), result -> Wire.txn(identity.header(result.revision()), result));
    }

    /// `physical` asks to wait until the space is won back; it is won back in slices, and the answer does not wait.
    @Override
    public void compact(CompactionRequest request, StreamObserver<CompactionResponse> caller) {
        calls.answer(caller, () -> {
            store.compact(request.getRevision());
            return CompactionResponse.newBuilder().setHeader(identity.header(store.revision())).build();
        });
    }
}
