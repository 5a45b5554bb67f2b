package io.shanhai.etcdwire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.DeleteRangeResponse;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.PutResponse;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.RangeResult;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Compare;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.TxnResult;
import io.shanhai.store.TxnResult.OpResult;
import java.util.ArrayList;
import java.util.List;

/// etcd's messages as the store's records, and back. Pure.
final class Wire {

    private static final int LEASE_TARGET = 4; // Compare.CompareTarget.LEASE, which the generated enum lacks
    private static final SortOrder[] ORDERS = SortOrder.values(); // declared in etcd's order, as are the others
    private static final SortTarget[] TARGETS = SortTarget.values();
    private static final Compare.Relation[] RELATIONS = Compare.Relation.values();
    private static final int MAX_NESTING = 32; // deeper than any client goes; each level is a stack frame here and there

    private Wire() {}

    static Bytes bytes(ByteString bytes) {
        return bytes.isEmpty() ? Bytes.EMPTY : Bytes.wrap(bytes.toByteArray());
    }

    /// Shares the array: neither side ever writes to it.
    static ByteString string(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.array());
    }

    static RangeRequest range(io.etcd.jetcd.api.RangeRequest request) {
        return new RangeRequest(bytes(request.getKey()), bytes(request.getRangeEnd()), request.getRevision(),
                request.getLimit(), known(ORDERS, request.getSortOrderValue()), known(TARGETS, request.getSortTargetValue()),
                request.getKeysOnly(), request.getCountOnly(), request.getMinModRevision(), request.getMaxModRevision(),
                request.getMinCreateRevision(), request.getMaxCreateRevision());
    }

    // etcd 3.4 takes a value it does not know as the default.
    private static <E> E known(E[] values, int number) {
        return number >= 0 && number < values.length ? values[number] : values[0];
    }

    static Op.Put put(PutRequest request) {
        return new Op.Put(bytes(request.getKey()), bytes(request.getValue()), request.getLease(), request.getPrevKv(),
                request.getIgnoreValue(), request.getIgnoreLease());
    }

    static Op.Delete delete(DeleteRangeRequest request) {
        return new Op.Delete(bytes(request.getKey()), bytes(request.getRangeEnd()), request.getPrevKv());
    }

    static Txn txn(TxnRequest request) {
        return txn(request, 0);
    }

    private static Txn txn(TxnRequest request, int depth) {
        if (depth > MAX_NESTING) {
            throw new StoreException(Code.TOO_MANY_OPS);
        }
        List<Compare> compares = new ArrayList<>(request.getCompareCount());
        for (io.etcd.jetcd.api.Compare compare : request.getCompareList()) {
            compares.add(compare(compare));
        }
        return new Txn(compares, ops(request.getSuccessList(), depth), ops(request.getFailureList(), depth));
    }

    private static List<Op> ops(List<RequestOp> requests, int depth) {
        List<Op> ops = new ArrayList<>(requests.size());
        for (RequestOp request : requests) {
            ops.add(switch (request.getRequestCase()) {
                case REQUEST_RANGE -> new Op.Read(range(request.getRequestRange()));
                case REQUEST_PUT -> put(request.getRequestPut());
                case REQUEST_DELETE_RANGE -> delete(request.getRequestDeleteRange());
                case REQUEST_TXN -> new Op.Nested(txn(request.getRequestTxn(), depth + 1));
                case REQUEST_NOT_SET -> throw new StoreException(Code.KEY_NOT_FOUND); // etcd's answer to an empty operation
            });
        }
        return ops;
    }

    private static Compare compare(io.etcd.jetcd.api.Compare compare) {
        Compare.Target target = switch (compare.getTargetValue()) {
            case io.etcd.jetcd.api.Compare.CompareTarget.CREATE_VALUE -> Compare.Target.CREATE;
            case io.etcd.jetcd.api.Compare.CompareTarget.MOD_VALUE -> Compare.Target.MOD;
            case io.etcd.jetcd.api.Compare.CompareTarget.VALUE_VALUE -> Compare.Target.VALUE;
            case LEASE_TARGET -> Compare.Target.LEASE;
            default -> Compare.Target.VERSION;
        };
        long number = switch (target) {
            case VERSION -> compare.getVersion();
            case CREATE -> compare.getCreateRevision();
            case MOD -> compare.getModRevision();
            case LEASE -> Missing.COMPARE_LEASE.number(compare);
            case VALUE -> 0;
        };
        return new Compare(bytes(compare.getKey()), bytes(compare.getRangeEnd()), target,
                known(RELATIONS, compare.getResultValue()), number,
                target == Compare.Target.VALUE ? bytes(compare.getValue()) : Bytes.EMPTY);
    }

    static io.etcd.jetcd.api.KeyValue keyValue(KeyValue kv) {
        return io.etcd.jetcd.api.KeyValue.newBuilder().setKey(string(kv.key())).setValue(string(kv.value()))
                .setCreateRevision(kv.createRevision()).setModRevision(kv.modRevision()).setVersion(kv.version())
                .setLease(kv.lease()).build();
    }

    static RangeResponse range(ResponseHeader header, RangeResult result) {
        RangeResponse.Builder response = RangeResponse.newBuilder().setHeader(header).setMore(result.more())
                .setCount(result.count());
        for (KeyValue kv : result.kvs()) {
            response.addKvs(keyValue(kv));
        }
        return response.build();
    }

    static PutResponse put(ResponseHeader header, OpResult.Put result) {
        PutResponse.Builder response = PutResponse.newBuilder().setHeader(header);
        if (result.previous().isPresent()) {
            response.setPrevKv(keyValue(result.previous().get()));
        }
        return response.build();
    }

    static DeleteRangeResponse delete(ResponseHeader header, OpResult.Delete result) {
        DeleteRangeResponse.Builder response = DeleteRangeResponse.newBuilder().setHeader(header)
                .setDeleted(result.deleted());
        result.previous().forEach(kv -> response.addPrevKvs(keyValue(kv)));
        return response.build();
    }

    static TxnResponse txn(ResponseHeader header, TxnResult result) {
        // Inside a transaction etcd's headers name the revision alone, and that of a nested one nothing.
        ResponseHeader inner = ResponseHeader.newBuilder().setRevision(result.revision()).build();
        TxnResponse.Builder response = TxnResponse.newBuilder().setHeader(header).setSucceeded(result.succeeded());
        for (OpResult each : result.results()) {
            ResponseOp.Builder op = response.addResponsesBuilder();
            switch (each) {
                case OpResult.Read(var range) -> op.setResponseRange(range(inner, range));
                case OpResult.Put put -> op.setResponsePut(put(inner, put));
                case OpResult.Delete delete -> op.setResponseDeleteRange(delete(inner, delete));
                case OpResult.Nested(var nested) -> op.setResponseTxn(txn(ResponseHeader.getDefaultInstance(), nested));
            }
        }
        return response.build();
    }
}
