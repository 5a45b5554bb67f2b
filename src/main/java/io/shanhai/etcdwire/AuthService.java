package io.shanhai.etcdwire;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import io.etcd.jetcd.api.AuthEnableRequest;
import io.etcd.jetcd.api.AuthEnableResponse;
import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthRoleListRequest;
import io.etcd.jetcd.api.AuthRoleListResponse;
import io.etcd.jetcd.api.AuthUserListRequest;
import io.etcd.jetcd.api.AuthUserListResponse;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.AuthenticateResponse;
import io.etcd.jetcd.api.ResponseHeader;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.Store;

/// `etcdserverpb.Auth`, as far as a door needs it: a password becomes a token. Users are the settings' business, roles
/// there are none; what would change them is UNIMPLEMENTED.
final class AuthService extends AuthGrpc.AuthImplBase {

    private final Store store;
    private final Identity identity;
    private final Credentials credentials;

    AuthService(Store store, Identity identity, Credentials credentials) {
        this.store = store;
        this.identity = identity;
        this.credentials = credentials;
    }

    /// All methods, AuthStatus too, which the generated code lacks (etcd 3.4 does too, 3.5 has it).
    ServerServiceDefinition definition() {
        return EtcdSchema.with(bindService(), EtcdSchema.AUTH_STATUS, ServerCalls.asyncUnaryCall(this::status));
    }

    private ResponseHeader header() {
        return identity.header(store.revision());
    }

    @Override
    public void authenticate(AuthenticateRequest request, StreamObserver<AuthenticateResponse> caller) {
        Calls.answerNow(caller, () -> {
            if (!credentials.areDemanded()) {
                throw Refusals.AUTH_OFF.asRuntimeException(); // clients know it and go on without a token
            }
            String token = credentials.login(request.getName(), request.getPassword())
                    .orElseThrow(Refusals.AUTH_FAILED::asRuntimeException);
            return AuthenticateResponse.newBuilder().setHeader(header()).setToken(token).build();
        });
    }

    private void status(DynamicMessage request, StreamObserver<DynamicMessage> caller) {
        Calls.answerNow(caller, () -> {
            Descriptor type = EtcdSchema.message("AuthStatusResponse");
            return DynamicMessage.newBuilder(type)
                    .setField(type.findFieldByName("header"),
                            DynamicMessage.parseFrom(EtcdSchema.message("ResponseHeader"), header().toByteString()))
                    .setField(type.findFieldByName("enabled"), credentials.areDemanded())
                    .setField(type.findFieldByName("authRevision"), 1L).build();
        });
    }

    @Override
    public void userList(AuthUserListRequest request, StreamObserver<AuthUserListResponse> caller) {
        Calls.answerNow(caller, () -> AuthUserListResponse.newBuilder().setHeader(header()).build());
    }

    @Override
    public void roleList(AuthRoleListRequest request, StreamObserver<AuthRoleListResponse> caller) {
        Calls.answerNow(caller, () -> AuthRoleListResponse.newBuilder().setHeader(header()).build());
    }

    @Override
    public void authEnable(AuthEnableRequest request, StreamObserver<AuthEnableResponse> caller) {
        caller.onError(Refusals.notServed("users come from the settings of the node: etcd.users-file"));
    }
}
