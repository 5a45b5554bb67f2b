package io.shanhai.etcdwire;

import io.etcd.jetcd.api.AlarmMember;
import io.etcd.jetcd.api.AlarmRequest;
import io.etcd.jetcd.api.AlarmRequest.AlarmAction;
import io.etcd.jetcd.api.AlarmResponse;
import io.etcd.jetcd.api.DefragmentRequest;
import io.etcd.jetcd.api.DefragmentResponse;
import io.etcd.jetcd.api.HashKVRequest;
import io.etcd.jetcd.api.HashKVResponse;
import io.etcd.jetcd.api.HashRequest;
import io.etcd.jetcd.api.HashResponse;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.MoveLeaderRequest;
import io.etcd.jetcd.api.MoveLeaderResponse;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.SnapshotRequest;
import io.etcd.jetcd.api.SnapshotResponse;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.Maintenance;
import io.shanhai.store.Maintenance.Alarm;
import io.shanhai.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// `etcdserverpb.Maintenance`.
final class MaintenanceService extends MaintenanceGrpc.MaintenanceImplBase {

    private final Store store;
    private final Maintenance maintenance;
    private final Identity identity;
    private final Calls calls;
    private final SnapshotFiles snapshots;

    MaintenanceService(Store store, Maintenance maintenance, Identity identity, Calls calls, SnapshotFiles snapshots) {
        this.store = store;
        this.maintenance = maintenance;
        this.identity = identity;
        this.calls = calls;
        this.snapshots = snapshots;
    }

    private ResponseHeader header() {
        return identity.header(store.revision());
    }

    /// There is no raft log: its index is the revision, so that two looks tell whether anything was written.
    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> caller) {
        calls.answer(caller, () -> {
            ResponseHeader header = header();
            Maintenance.Size size = maintenance.size();
            StatusResponse.Builder response = StatusResponse.newBuilder().setHeader(header)
                    .setVersion(Identity.SERVER_VERSION).setDbSize(size.total()).setDbSizeInUse(size.inUse())
                    .setLeader(identity.memberId()).setRaftIndex(header.getRevision()).setRaftTerm(Identity.RAFT_TERM)
                    .setRaftAppliedIndex(header.getRevision());
            for (Alarm alarm : maintenance.alarms()) {
                response.addErrors("memberID:" + identity.memberId() + " alarm:" + alarm + " "); // as etcd prints its message
            }
            return response.build();
        });
    }

    @Override
    public void alarm(AlarmRequest request, StreamObserver<AlarmResponse> caller) {
        calls.answer(caller, () -> {
            AlarmResponse.Builder response = AlarmResponse.newBuilder();
            for (Alarm alarm : alarms(request)) {
                response.addAlarms(AlarmMember.newBuilder().setMemberID(identity.memberId()).setAlarmValue(alarm.number()));
            }
            return response.build(); // etcd sends no header here
        });
    }

    /// The alarms that an answer lists: those there are, or those that were taken back.
    private List<Alarm> alarms(AlarmRequest request) {
        if (request.getAction() == AlarmAction.ACTIVATE) {
            throw Refusals.notServed("alarms are raised by the store alone (it can be asked for them, and they can be disarmed)");
        }
        Set<Alarm> raised = maintenance.alarms();
        List<Alarm> listed = new ArrayList<>();
        for (Alarm alarm : Alarm.values()) {
            boolean asked = request.getAlarmValue() == 0 || request.getAlarmValue() == alarm.number();
            if (asked && raised.contains(alarm)) {
                listed.add(alarm);
            }
        }
        if (request.getAction() == AlarmAction.DEACTIVATE) {
            listed.forEach(maintenance::disarm);
        }
        return listed;
    }

    @Override
    public void defragment(DefragmentRequest request, StreamObserver<DefragmentResponse> caller) {
        calls.answer(caller, () -> {
            maintenance.defragment();
            return DefragmentResponse.newBuilder().setHeader(header()).build();
        });
    }

    @Override
    public void hash(HashRequest request, StreamObserver<HashResponse> caller) {
        calls.answer(caller, () -> HashResponse.newBuilder().setHash(maintenance.hash(0).hash()).setHeader(header()).build());
    }

    @Override
    public void hashKV(HashKVRequest request, StreamObserver<HashKVResponse> caller) {
        calls.answer(caller, () -> {
            Maintenance.Hash hash = maintenance.hash(request.getRevision());
            return HashKVResponse.newBuilder().setHeader(identity.header(hash.revision())).setHash(hash.hash())
                    .setCompactRevision(hash.compacted()).build();
        });
    }

    @Override
    public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> caller) {
        ServerCallStreamObserver<SnapshotResponse> reader = (ServerCallStreamObserver<SnapshotResponse>) caller;
        PacedStream<SnapshotResponse> out = snapshots.paced(reader);
        reader.setOnReadyHandler(out::wake);
        reader.setOnCancelHandler(out::abandon);
        calls.run(caller, () -> {
            snapshots.send(maintenance, out, this::header);
            out.complete();
        });
    }

    /// There is nobody to move it to.
    @Override
    public void moveLeader(MoveLeaderRequest request, StreamObserver<MoveLeaderResponse> caller) {
        caller.onError(Refusals.BAD_TRANSFEREE.asRuntimeException());
    }
}
