package io.shanhai.store.etcd;

import com.google.common.util.concurrent.Uninterruptibles;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.shanhai.store.StoreException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// One question, one answer, within the call's time. What may be repeated: a read; a write of which no byte has left
/// this machine; whatever etcd refused for its token. A write that was sent and not answered is never repeated: etcd may
/// have made it. Nothing is repeated while etcd is known to be away: callers would queue up for nothing.
/// Safe for all threads; an interrupt does not cut a call short (its time is bounded) and is kept for the caller.
final class Calls {

    private static final int MOST_ATTEMPTS = 4;
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(25); // 25, 50, 100: a member that restarts

    private final Channel plain;
    private final Channel channel;
    private final Login login;
    private final Reach reach;
    private final Duration timeout;
    private final String endpoints;
    private final LongSupplier nanoClock;

    Calls(Channel plain, Login login, Reach reach, EtcdStoreSettings settings, LongSupplier nanoClock) {
        this.plain = plain;
        this.channel = ClientInterceptors.intercept(plain, login);
        this.login = login;
        this.reach = reach;
        this.timeout = settings.callTimeout();
        this.endpoints = String.join(", ", settings.endpoints());
        this.nanoClock = nanoClock;
    }

    /// The channel with the token, for streams.
    Channel channel() {
        return channel;
    }

    Duration timeout() {
        return timeout;
    }

    /// A question whose answer changes nothing.
    ///
    /// @throws StoreException with etcd's refusal, or UNAVAILABLE
    <Q, A> A read(MethodDescriptor<Q, A> method, Q request) {
        return call(method, request, true);
    }

    /// @throws StoreException with etcd's refusal, or UNAVAILABLE; its detail says when the outcome is unknown
    <Q, A> A write(MethodDescriptor<Q, A> method, Q request) {
        return call(method, request, false);
    }

    private <Q, A> A call(MethodDescriptor<Q, A> method, Q request, boolean isRead) {
        long deadline = nanoClock.getAsLong() + timeout.toNanos();
        boolean wasAway = reach.isAway();
        for (int attempt = 1;; attempt++) {
            Sent sent = new Sent();
            try {
                A answer = get(ClientCalls.futureUnaryCall(channel.newCall(method, options(deadline, sent)), request));
                reach.answered();
                return answer;
            } catch (StatusRuntimeException e) {
                boolean mayRepeat = isRead || !sent.isSent;
                if (attempt == MOST_ATTEMPTS || !isWorthRepeating(e.getStatus(), mayRepeat && !wasAway, attempt, deadline)) {
                    throw refusal(e.getStatus(), !isRead && sent.isSent);
                }
            }
        }
    }

    private CallOptions options(long deadline, Sent sent) {
        return CallOptions.DEFAULT.withDeadlineAfter(deadline - nanoClock.getAsLong(), TimeUnit.NANOSECONDS)
                .withStreamTracerFactory(sent);
    }

    private boolean isWorthRepeating(Status status, boolean mayRepeat, int attempt, long deadline) {
        if (Refusals.wantsToken(status) && login.hasUser()) {
            renewToken();
            return true;
        }
        long pause = FIRST_PAUSE_NANOS << (attempt - 1);
        if (!mayRepeat || status.getCode() != Status.Code.UNAVAILABLE || deadline - nanoClock.getAsLong() < 2 * pause) {
            return false;
        }
        LockSupport.parkNanos(this, pause);
        return true;
    }

    /// @throws StoreException when etcd gives no token
    void renewToken() {
        try {
            login.renew(plain, timeout.toNanos());
        } catch (StatusRuntimeException e) {
            throw refusal(e.getStatus(), false);
        }
    }

    /// What to throw for a status; takes note of whether etcd is there.
    ///
    /// @param isOutcomeUnknown it was a write, and it was sent
    StoreException refusal(Status status, boolean isOutcomeUnknown) {
        if (!Refusals.isAbsence(status)) {
            reach.answered();
            return Refusals.of(status, "etcd at " + endpoints + " refuses: " + remedy(status));
        }
        boolean isTimeUp = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
        String why = isTimeUp ? "no answer within " + timeout.toMillis() + " ms" : Refusals.reason(status);
        reach.lost(why);
        return Refusals.of(status, reach.trouble().orElse("etcd at " + endpoints + " did not answer: " + why)
                + (isOutcomeUnknown ? "; whether it made this write is unknown: read before you write again" : "")
                + " (check that etcd runs, store.etcd.endpoints, the network and TLS; /readyz says when it is back)");
    }

    private String remedy(Status status) {
        String reason = Refusals.reason(status);
        return switch (Refusals.text(status)) {
            case Refusals.NO_TOKEN -> reason + " (it wants to know who asks: set store.etcd.user and password-file)";
            case Refusals.WRONG_PASSWORD -> reason + " (check store.etcd.user, \"" + login.user() + "\", and password-file)";
            case Refusals.DENIED -> reason + " (grant a role of user \"" + login.user() + "\" readwrite on the prefix /)";
            case Refusals.AUTH_IS_OFF -> reason + " (take store.etcd.user away, or enable it with etcdctl auth enable)";
            default -> reason;
        };
    }

    /// Waits for the answer; an interrupt is kept.
    static <A> A get(Future<A> answer) {
        try {
            return Uninterruptibles.getUninterruptibly(answer);
        } catch (ExecutionException e) {
            throw Status.fromThrowable(e.getCause()).asRuntimeException();
        }
    }

    /// Whether the call reached the socket: gRPC reports the headers once they are written, and the message follows them.
    private static final class Sent extends ClientStreamTracer.Factory {

        private volatile boolean isSent;

        @Override
        public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
            return new ClientStreamTracer() {
                @Override
                public void outboundHeaders() {
                    isSent = true;
                }
            };
        }
    }
}
