package io.shanhai.etcdwire;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// Stands before every method, of gRPC and of JSON: looks at the token where one is demanded, counts by method and code.
final class Doorkeeper implements ServerInterceptor {

    static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> AUTHORIZATION = Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private static final String LOGIN = "etcdserverpb.Auth/Authenticate"; // how else would one get a token
    private static final String BEARER = "Bearer ";

    private final Credentials credentials;
    private final Metrics metrics;
    private final LongAdder streams = new LongAdder();
    private final Map<String, Tally> tallies = new ConcurrentHashMap<>(); // by full method name; as many as there are methods

    Doorkeeper(Credentials credentials, Metrics metrics) {
        this.credentials = credentials;
        this.metrics = metrics;
        metrics.gauge("shanhai_etcd_streams", "Open streaming calls of the etcd door.", streams::sum);
    }

    @Override
    public <Q, R> Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        MethodDescriptor<Q, R> method = call.getMethodDescriptor();
        Tally tally = tally(method);
        if (credentials.areDemanded() && !method.getFullMethodName().equals(LOGIN)) {
            Status refusal = judge(headers);
            if (refusal != null) {
                tally.add(refusal);
                call.close(refusal, new Metadata());
                return new Listener<>() {};
            }
        }
        Counted<Q, R> counted = new Counted<>(call, tally);
        Listener<Q> listener = next.startCall(counted, headers);
        return method.getType().serverSendsOneMessage() ? listener : new Stream<>(listener, counted, streams);
    }

    /// null when it may pass.
    private Status judge(Metadata headers) {
        String token = headers.get(TOKEN);
        if (token == null) {
            token = headers.get(AUTHORIZATION); // etcd takes the token from it as it is; others say Bearer
            if (token != null && token.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
                token = token.substring(BEARER.length()).strip();
            }
        }
        if (token == null) {
            return Refusals.NO_USER;
        }
        return credentials.knows(token) ? null : Refusals.INVALID_TOKEN;
    }

    private Tally tally(MethodDescriptor<?, ?> method) {
        Tally known = tallies.get(method.getFullMethodName());
        return known != null ? known : tallies.computeIfAbsent(method.getFullMethodName(), _ -> new Tally(method, metrics));
    }

    /// One counter per code, made when it first comes up.
    private static final class Tally {

        private final String service;
        private final String method;
        private final Metrics metrics;
        private final Counter[] byCode = new Counter[Status.Code.values().length];

        Tally(MethodDescriptor<?, ?> method, Metrics metrics) {
            String name = method.getServiceName();
            this.service = name.substring(name.lastIndexOf('.') + 1);
            this.method = method.getBareMethodName();
            this.metrics = metrics;
        }

        void add(Status status) {
            int code = status.getCode().ordinal();
            Counter counter = byCode[code];
            if (counter == null) { // racing threads get the same counter
                counter = metrics.counter("shanhai_etcd_requests_total", "Calls of the etcd door that have ended.", "service",
                        service, "method", method, "code", status.getCode().name());
                byCode[code] = counter;
            }
            counter.increment();
        }
    }

    private static final class Counted<Q, R> extends SimpleForwardingServerCall<Q, R> {

        private final Tally tally;
        private volatile boolean closed;

        Counted(ServerCall<Q, R> call, Tally tally) {
            super(call);
            this.tally = tally;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            closed = true;
            tally.add(status);
            super.close(status, trailers);
        }
    }

    /// One open stream. It ends once, one way or the other.
    private static final class Stream<Q> extends SimpleForwardingServerCallListener<Q> {

        private final Counted<Q, ?> call;
        private final LongAdder open;

        Stream(Listener<Q> listener, Counted<Q, ?> call, LongAdder open) {
            super(listener);
            this.call = call;
            this.open = open;
            open.increment();
        }

        @Override
        public void onCancel() {
            open.decrement();
            if (!call.closed) {
                call.tally.add(Status.CANCELLED);
            }
            super.onCancel();
        }

        @Override
        public void onComplete() {
            open.decrement();
            super.onComplete();
        }
    }
}
