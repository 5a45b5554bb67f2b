package io.shanhai.etcdwire;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.LeaseRevokeResponse;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import io.etcd.jetcd.api.LeaseTimeToLiveResponse;
import io.etcd.jetcd.api.ResponseHeader;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.Lease;
import io.shanhai.store.Store;
import java.util.Optional;

/// `etcdserverpb.Lease`.
final class LeaseService extends LeaseGrpc.LeaseImplBase {

    private static final Descriptor LEASES = EtcdSchema.message("LeaseLeasesResponse");
    private static final Descriptor LEASE_STATUS = EtcdSchema.message("LeaseStatus");

    private final Store store;
    private final Identity identity;
    private final Calls calls;

    LeaseService(Store store, Identity identity, Calls calls) {
        this.store = store;
        this.identity = identity;
        this.calls = calls;
    }

    /// All methods, LeaseLeases too, which the generated code lacks.
    ServerServiceDefinition definition() {
        return EtcdSchema.with(bindService(), EtcdSchema.LEASE_LEASES, ServerCalls.asyncUnaryCall(this::leases));
    }

    @Override
    public void leaseGrant(LeaseGrantRequest request, StreamObserver<LeaseGrantResponse> caller) {
        calls.answer(caller, () -> {
            Lease lease = store.grant(request.getID(), request.getTTL());
            return LeaseGrantResponse.newBuilder().setHeader(header()).setID(lease.id()).setTTL(lease.grantedTtlSeconds())
                    .build();
        });
    }

    @Override
    public void leaseRevoke(LeaseRevokeRequest request, StreamObserver<LeaseRevokeResponse> caller) {
        calls.answer(caller, () -> {
            store.revoke(request.getID());
            return LeaseRevokeResponse.newBuilder().setHeader(header()).build();
        });
    }

    @Override
    public void leaseTimeToLive(LeaseTimeToLiveRequest request, StreamObserver<LeaseTimeToLiveResponse> caller) {
        calls.answer(caller, () -> timeToLive(request));
    }

    private LeaseTimeToLiveResponse timeToLive(LeaseTimeToLiveRequest request) {
        LeaseTimeToLiveResponse.Builder response = LeaseTimeToLiveResponse.newBuilder().setHeader(header())
                .setID(request.getID());
        Optional<Lease> found = store.lease(request.getID(), request.getKeys());
        if (found.isEmpty()) {
            return response.setTTL(-1).build(); // not an error: clients ask to learn it
        }
        Lease lease = found.get();
        response.setTTL(lease.ttlSeconds()).setGrantedTTL(lease.grantedTtlSeconds());
        lease.keys().forEach(key -> response.addKeys(Wire.string(key)));
        return response.build();
    }

    private void leases(DynamicMessage request, StreamObserver<DynamicMessage> caller) {
        calls.answer(caller, () -> {
            FieldDescriptor list = LEASES.findFieldByName("leases");
            FieldDescriptor id = LEASE_STATUS.findFieldByName("ID");
            DynamicMessage.Builder response = DynamicMessage.newBuilder(LEASES);
            response.setField(LEASES.findFieldByName("header"),
                    DynamicMessage.parseFrom(EtcdSchema.message("ResponseHeader"), header().toByteString()));
            for (long lease : store.leases()) {
                response.addRepeatedField(list, DynamicMessage.newBuilder(LEASE_STATUS).setField(id, lease).build());
            }
            return response.build();
        });
    }

    /// Renewing never blocks, so each message is answered where it arrives, on the event loop. The next one is asked for
    /// only when the last answer found room: a client that does not read is not read either.
    @Override
    public StreamObserver<LeaseKeepAliveRequest> leaseKeepAlive(StreamObserver<LeaseKeepAliveResponse> caller) {
        Renewals renewals = new Renewals((ServerCallStreamObserver<LeaseKeepAliveResponse>) caller);
        renewals.begin();
        return renewals;
    }

    private ResponseHeader header() {
        return identity.header(store.revision());
    }

    /// One stream of renewals; confined to its event loop.
    private final class Renewals implements StreamObserver<LeaseKeepAliveRequest> {

        private final ServerCallStreamObserver<LeaseKeepAliveResponse> caller;
        private boolean waiting;
        private boolean over;

        Renewals(ServerCallStreamObserver<LeaseKeepAliveResponse> caller) {
            this.caller = caller;
        }

        void begin() {
            caller.disableAutoRequest();
            caller.setOnCancelHandler(() -> {});
            caller.setOnReadyHandler(this::goOn);
            caller.request(1);
        }

        private void goOn() {
            if (waiting && caller.isReady()) {
                waiting = false;
                caller.request(1);
            }
        }

        @Override
        public void onNext(LeaseKeepAliveRequest request) {
            ResponseHeader before = header(); // etcd fills it in before it renews
            long ttl;
            try {
                ttl = store.keepAlive(request.getID());
            } catch (RuntimeException e) {
                over = true;
                caller.onError(Refusals.of(e).asRuntimeException());
                return;
            }
            caller.onNext(LeaseKeepAliveResponse.newBuilder().setHeader(before).setID(request.getID()).setTTL(ttl).build());
            waiting = true;
            goOn();
        }

        @Override
        public void onError(Throwable thrown) {
            // the client is gone; there is nothing to undo
        }

        @Override
        public void onCompleted() {
            if (!over) {
                caller.onCompleted();
            }
        }
    }
}
