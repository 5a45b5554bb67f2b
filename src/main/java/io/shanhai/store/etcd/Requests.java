package io.shanhai.store.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.Txn;

/// The store's questions in etcd's messages. The ranges are etcd's already: an empty end is one key, a zero byte no end.
final class Requests {

    private Requests() {}

    static RangeRequest range(io.shanhai.store.RangeRequest request) {
        return RangeRequest.newBuilder().setKey(bytes(request.key())).setRangeEnd(bytes(request.rangeEnd()))
                .setRevision(request.revision()).setLimit(request.limit())
                .setSortOrder(order(request.order())).setSortTarget(target(request.target()))
                .setKeysOnly(request.keysOnly()).setCountOnly(request.countOnly())
                .setMinModRevision(request.minModRevision()).setMaxModRevision(request.maxModRevision())
                .setMinCreateRevision(request.minCreateRevision()).setMaxCreateRevision(request.maxCreateRevision())
                .build();
    }

    private static RangeRequest.SortOrder order(SortOrder order) {
        return switch (order) {
            case NONE -> RangeRequest.SortOrder.NONE;
            case ASCEND -> RangeRequest.SortOrder.ASCEND;
            case DESCEND -> RangeRequest.SortOrder.DESCEND;
        };
    }

    private static RangeRequest.SortTarget target(SortTarget target) {
        return switch (target) {
            case KEY -> RangeRequest.SortTarget.KEY;
            case VERSION -> RangeRequest.SortTarget.VERSION;
            case CREATE -> RangeRequest.SortTarget.CREATE;
            case MOD -> RangeRequest.SortTarget.MOD;
            case VALUE -> RangeRequest.SortTarget.VALUE;
        };
    }

    static TxnRequest txn(Txn txn) {
        TxnRequest.Builder request = TxnRequest.newBuilder();
        txn.compares().forEach(compare -> request.addCompare(compare(compare)));
        txn.then().forEach(op -> request.addSuccess(op(op)));
        txn.otherwise().forEach(op -> request.addFailure(op(op)));
        return request.build();
    }

    private static Compare compare(Txn.Compare compare) {
        Compare.Builder result = Compare.newBuilder().setKey(bytes(compare.key())).setRangeEnd(bytes(compare.rangeEnd()))
                .setResult(switch (compare.relation()) {
                    case EQUAL -> Compare.CompareResult.EQUAL;
                    case GREATER -> Compare.CompareResult.GREATER;
                    case LESS -> Compare.CompareResult.LESS;
                    case NOT_EQUAL -> Compare.CompareResult.NOT_EQUAL;
                });
        switch (compare.target()) {
            case VERSION -> result.setTarget(Compare.CompareTarget.VERSION).setVersion(compare.number());
            case CREATE -> result.setTarget(Compare.CompareTarget.CREATE).setCreateRevision(compare.number());
            case MOD -> result.setTarget(Compare.CompareTarget.MOD).setModRevision(compare.number());
            case VALUE -> result.setTarget(Compare.CompareTarget.VALUE).setValue(bytes(compare.value()));
            case LEASE -> NewerFields.compareLease(result, compare.number());
        }
        return result.build();
    }

    private static RequestOp op(Txn.Op op) {
        RequestOp.Builder result = RequestOp.newBuilder();
        switch (op) {
            case Txn.Op.Read(var request) -> result.setRequestRange(range(request));
            case Txn.Op.Put put -> result.setRequestPut(PutRequest.newBuilder().setKey(bytes(put.key()))
                    .setValue(bytes(put.value())).setLease(put.lease()).setPrevKv(put.previous())
                    .setIgnoreValue(put.ignoreValue()).setIgnoreLease(put.ignoreLease()));
            case Txn.Op.Delete delete -> result.setRequestDeleteRange(DeleteRangeRequest.newBuilder()
                    .setKey(bytes(delete.key())).setRangeEnd(bytes(delete.rangeEnd())).setPrevKv(delete.previous()));
            case Txn.Op.Nested(var txn) -> result.setRequestTxn(txn(txn));
        }
        return result.build();
    }

    /// @param startRevision 0 for "from now on"
    static WatchRequest watch(io.shanhai.store.WatchRequest request, long startRevision) {
        WatchCreateRequest.Builder create = WatchCreateRequest.newBuilder().setKey(bytes(request.key()))
                .setRangeEnd(bytes(request.rangeEnd())).setStartRevision(startRevision).setPrevKv(request.previous())
                .setProgressNotify(true);
        NewerFields.inPieces(create);
        return WatchRequest.newBuilder().setCreateRequest(create).build();
    }

    // Neither side writes into the array.
    private static ByteString bytes(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.array());
    }
}
