package io.shanhai.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.LeaseTimeToLiveResponse;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnResponse;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Lease;
import io.shanhai.store.RangeResult;
import io.shanhai.store.TxnResult;
import io.shanhai.store.TxnResult.OpResult;
import io.shanhai.store.Watch;
import java.util.List;
import java.util.Optional;

/// etcd's answers in the store's words.
final class Replies {

    private Replies() {}

    /// @param revision of the whole answer: inside a transaction etcd leaves it out of the parts
    static RangeResult range(RangeResponse response, long revision) {
        return new RangeResult(revision, keyValues(response.getKvsList()), response.getMore(), response.getCount());
    }

    static TxnResult txn(TxnResponse response, long revision) {
        return new TxnResult(revision, response.getSucceeded(),
                response.getResponsesList().stream().map(each -> op(each, revision)).toList());
    }

    private static OpResult op(ResponseOp op, long revision) {
        return switch (op.getResponseCase()) {
            case RESPONSE_RANGE -> new OpResult.Read(range(op.getResponseRange(), revision));
            case RESPONSE_PUT -> new OpResult.Put(op.getResponsePut().hasPrevKv()
                    ? Optional.of(keyValue(op.getResponsePut().getPrevKv()))
                    : Optional.empty());
            case RESPONSE_DELETE_RANGE -> new OpResult.Delete(op.getResponseDeleteRange().getDeleted(),
                    keyValues(op.getResponseDeleteRange().getPrevKvsList()));
            case RESPONSE_TXN -> new OpResult.Nested(txn(op.getResponseTxn(), revision));
            case RESPONSE_NOT_SET -> throw new IllegalStateException("etcd answered an operation with nothing");
        };
    }

    /// @return empty for a lease that does not exist: its time is -1 then
    static Optional<Lease> lease(LeaseTimeToLiveResponse response) {
        return response.getTTL() < 0
                ? Optional.empty()
                : Optional.of(new Lease(response.getID(), response.getGrantedTTL(), response.getTTL(),
                        response.getKeysList().stream().map(Replies::bytes).sorted().toList()));
    }

    static Watch.Event event(Event event) {
        Watch.Kind kind = switch (event.getType()) {
            case PUT -> Watch.Kind.PUT;
            case DELETE -> Watch.Kind.DELETE;
            case UNRECOGNIZED -> throw new IllegalStateException("etcd sent an event of type " + event.getTypeValue());
        };
        Optional<KeyValue> previous = event.hasPrevKv() ? Optional.of(keyValue(event.getPrevKv())) : Optional.empty();
        return new Watch.Event(kind, keyValue(event.getKv()), previous);
    }

    private static List<KeyValue> keyValues(List<io.etcd.jetcd.api.KeyValue> kvs) {
        return kvs.stream().map(Replies::keyValue).toList();
    }

    private static KeyValue keyValue(io.etcd.jetcd.api.KeyValue kv) {
        return new KeyValue(bytes(kv.getKey()), bytes(kv.getValue()), kv.getCreateRevision(), kv.getModRevision(),
                kv.getVersion(), kv.getLease());
    }

    private static Bytes bytes(ByteString bytes) {
        return bytes.isEmpty() ? Bytes.EMPTY : Bytes.wrap(bytes.toByteArray());
    }
}
