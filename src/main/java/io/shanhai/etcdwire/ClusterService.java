package io.shanhai.etcdwire;

import io.etcd.jetcd.api.ClusterGrpc;
import io.etcd.jetcd.api.Member;
import io.etcd.jetcd.api.MemberListRequest;
import io.etcd.jetcd.api.MemberListResponse;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.Store;
import java.util.function.Supplier;

/// `etcdserverpb.Cluster`: one member, this node. Changing the membership is UNIMPLEMENTED: there is nothing to change.
final class ClusterService extends ClusterGrpc.ClusterImplBase {

    private final Store store;
    private final Identity identity;
    private final Supplier<String> clientUrl;

    /// @param clientUrl where clients reach this node
    ClusterService(Store store, Identity identity, Supplier<String> clientUrl) {
        this.store = store;
        this.identity = identity;
        this.clientUrl = clientUrl;
    }

    @Override
    public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> caller) {
        Calls.answerNow(caller, () -> MemberListResponse.newBuilder().setHeader(identity.header(store.revision()))
                .addMembers(Member.newBuilder().setID(identity.memberId()).setName(identity.node())
                        .addClientURLs(clientUrl.get()))
                .build());
    }
}
