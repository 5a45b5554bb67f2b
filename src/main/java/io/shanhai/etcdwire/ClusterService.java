package io.shanhai.etcdwire;

import io.etcd.jetcd.api.ClusterGrpc;
import io.etcd.jetcd.api.Member;
import io.etcd.jetcd.api.MemberListRequest;
import io.etcd.jetcd.api.MemberListResponse;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/// `etcdserverpb.Cluster`: one member, this node. Changing the membership is UNIMPLEMENTED: there is nothing to change.
final class ClusterService extends ClusterGrpc.ClusterImplBase {

    private final Identity identity;
    private final Supplier<String> clientUrl;

    /// @param clientUrl where clients reach this node
    ClusterService(Identity identity, Supplier<String> clientUrl) {
        this.identity = identity;
        this.clientUrl = clientUrl;
    }

    @Override
    public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> caller) {
        // etcd leaves the revision out here
        Calls.answerNow(caller, () -> MemberListResponse.newBuilder().setHeader(identity.header(0))
                .addMembers(Member.newBuilder().setID(identity.memberId()).setName(identity.node())
                        .addClientURLs(clientUrl.get()))
                .build());
    }
}
