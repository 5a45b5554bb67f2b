package io.shanhai.store.etcd;

import com.google.common.util.concurrent.Uninterruptibles;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// One stream with one watch on it, read by one thread. The next message is asked for when the one before has been
/// dealt with: a reader that is slow stops etcd through HTTP/2's window, and etcd reads on in its history later.
final class WatchStream {

    /// etcd ends the stream of a member that has lost its leader, instead of keeping it silent.
    private static final Metadata.Key<String> HAS_LEADER = Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

    private sealed interface Said {
        record Message(WatchResponse response) implements Said {}

        record Ended(Status status) implements Said {}
    }

    private final ClientCall<WatchRequest, WatchResponse> call;
    /// One message at most is asked for, and the end comes once.
    private final BlockingQueue<Said> said = new ArrayBlockingQueue<>(2);

    private WatchStream(ClientCall<WatchRequest, WatchResponse> call) {
        this.call = call;
    }

    static WatchStream open(Channel channel, WatchRequest create) {
        WatchStream stream = new WatchStream(channel.newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT));
        Metadata headers = new Metadata();
        headers.put(HAS_LEADER, "true");
        stream.call.start(stream.new Ear(), headers);
        stream.call.sendMessage(create);
        return stream;
    }

    /// @throws io.grpc.StatusRuntimeException when the stream has ended
    WatchResponse next() {
        call.request(1);
        return response(Uninterruptibles.takeUninterruptibly(said));
    }

    /// @throws io.grpc.StatusRuntimeException when the stream has ended, or nothing came in time
    WatchResponse next(Duration longest) {
        call.request(1);
        long deadline = System.nanoTime() + longest.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return response(said.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
                } catch (InterruptedException _) {
                    interrupted = true; // the wait is bounded: the interrupt is kept for the caller
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static WatchResponse response(Said said) {
        return switch (said) {
            case Said.Message(var response) -> response;
            case Said.Ended(var status) -> throw status.asRuntimeException();
            case null -> throw Status.DEADLINE_EXCEEDED.asRuntimeException();
        };
    }

    /// Ends it, from any thread; a reader is told CANCELLED.
    void cancel() {
        call.cancel("the watch is closed", null);
    }

    private final class Ear extends ClientCall.Listener<WatchResponse> {

        @Override
        public void onMessage(WatchResponse message) {
            said.add(new Said.Message(message));
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            said.add(
                    new Said.Ended(status.isOk() ? Status.UNAVAILABLE.withDescription("etcd ended the watch's stream") : status));
        }
    }
}
