package io.shanhai.store.etcd;

import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Gives every call the token that etcd gave for user and password. etcd forgets tokens (a restart, five idle minutes);
/// then it refuses a call without having done anything, and a new token is asked for. Safe for all threads; two that
/// ask at the same time get a token each, and both are good.
final class Login implements ClientInterceptor {

    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

    private final String user;
    private final String passwordFile;
    private volatile String token = "";

    Login(String user, String passwordFile) {
        this.user = user;
        this.passwordFile = passwordFile;
    }

    boolean hasUser() {
        return !user.isEmpty();
    }

    String user() {
        return user;
    }

    /// Asks for a token. The password is read anew: it may have been changed since.
    ///
    /// @param plain the channel without this interceptor
    /// @throws io.grpc.StatusRuntimeException when etcd gives none, or the file cannot be read
    void renew(Channel plain, long timeoutNanos) {
        AuthenticateRequest request = AuthenticateRequest.newBuilder().setName(user).setPassword(password()).build();
        token = Calls.get(ClientCalls.futureUnaryCall(plain.newCall(AuthGrpc.getAuthenticateMethod(),
                CallOptions.DEFAULT.withDeadlineAfter(timeoutNanos, TimeUnit.NANOSECONDS)), request)).getToken();
    }

    private String password() {
        try {
            return Files.readString(Path.of(passwordFile)).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw Status.UNAUTHENTICATED.withDescription("store.etcd.password-file cannot be read: " + e).withCause(e)
                    .asRuntimeException();
        }
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<A> listener, Metadata headers) {
                String current = token;
                if (!current.isEmpty()) {
                    headers.put(TOKEN, current);
                }
                super.start(listener, headers);
            }
        };
    }
}
