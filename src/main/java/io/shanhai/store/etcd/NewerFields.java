package io.shanhai.store.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/// What etcd 3.4 knows and jetcd's generated classes do not: written and read by field number, as `rpc.proto` of etcd
/// 3.4 has them. protobuf keeps what it does not know.
final class NewerFields {

    private static final int COMPARE_LEASE_TARGET = 4; // Compare.CompareTarget.LEASE
    private static final int COMPARE_LEASE = 8; // Compare.lease
    private static final int CREATE_FRAGMENT = 8; // WatchCreateRequest.fragment
    private static final int RESPONSE_FRAGMENT = 7; // WatchResponse.fragment
    private static final int LEASES_LEASES = 2; // LeaseLeasesResponse.leases
    private static final int LEASE_STATUS_ID = 1; // LeaseStatus.ID

    /// `rpc LeaseLeases(LeaseLeasesRequest) returns (LeaseLeasesResponse)`; the request has no fields.
    static final MethodDescriptor<UnknownFieldSet, UnknownFieldSet> LEASES = MethodDescriptor
            .<UnknownFieldSet, UnknownFieldSet>newBuilder().setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName("etcdserverpb.Lease", "LeaseLeases"))
            .setRequestMarshaller(new Fields()).setResponseMarshaller(new Fields()).build();

    private NewerFields() {}

    static void compareLease(Compare.Builder compare, long lease) {
        compare.setTargetValue(COMPARE_LEASE_TARGET).setUnknownFields(varint(COMPARE_LEASE, lease));
    }

    /// A large answer shall come in pieces.
    static void inPieces(WatchCreateRequest.Builder create) {
        create.setUnknownFields(varint(CREATE_FRAGMENT, 1));
    }

    /// More of the same answer follows.
    static boolean hasMorePieces(WatchResponse response) {
        List<Long> values = response.getUnknownFields().getField(RESPONSE_FRAGMENT).getVarintList();
        return !values.isEmpty() && values.getLast() != 0;
    }

    static List<Long> leaseIds(UnknownFieldSet answer) {
        return answer.getField(LEASES_LEASES).getLengthDelimitedList().stream().map(NewerFields::leaseId).sorted().toList();
    }

    private static long leaseId(ByteString status) {
        try {
            List<Long> ids = UnknownFieldSet.parseFrom(status).getField(LEASE_STATUS_ID).getVarintList();
            return ids.isEmpty() ? 0 : ids.getLast();
        } catch (IOException e) {
            throw Status.INTERNAL.withDescription("LeaseLeases: no LeaseStatus").withCause(e).asRuntimeException();
        }
    }

    private static UnknownFieldSet varint(int number, long value) {
        return UnknownFieldSet.newBuilder()
                .addField(number, UnknownFieldSet.Field.newBuilder().addVarint(value).build()).build();
    }

    private static final class Fields implements MethodDescriptor.Marshaller<UnknownFieldSet> {

        @Override
        public InputStream stream(UnknownFieldSet fields) {
            return new ByteArrayInputStream(fields.toByteArray());
        }

        @Override
        public UnknownFieldSet parse(InputStream stream) {
            try {
                return UnknownFieldSet.parseFrom(stream);
            } catch (IOException e) {
                throw Status.INTERNAL.withDescription("no protobuf message").withCause(e).asRuntimeException();
            }
        }
    }
}
