package io.shanhai.etcdwire.json;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.shanhai.etcdwire.EtcdSchema;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.List;

/// One HTTP request as a gRPC call: the services do not see the difference, back-pressure included.
///
/// Its listener is called on the connection's event loop; the call is answered by any thread, one at a time.
final class JsonCall<Q, R> extends ServerCall<Q, R> {

    private final MethodDescriptor<Q, R> method;
    private final JsonAnswer answer;
    private final ArrayDeque<Q> requests;
    private final boolean staysOpen;
    private Listener<Q> listener;
    // Confined to the event loop.
    private long wanted;
    private boolean halfClosed;
    private volatile boolean cancelled;
    private volatile boolean closed;

    private JsonCall(ServerMethodDefinition<Q, R> definition, List<DynamicMessage> requests, JsonAnswer answer,
            boolean staysOpen) throws IOException {
        this.method = definition.getMethodDescriptor();
        this.answer = answer;
        this.staysOpen = staysOpen;
        this.requests = new ArrayDeque<>(requests.size());
        for (DynamicMessage request : requests) {
            try (InputStream bytes = request.toByteString().newInput()) {
                this.requests.add(method.parseRequest(bytes));
            }
        }
    }

    /// Begins the call; on the connection's event loop.
    ///
    /// @param staysOpen the end of the request body is not the end of the client's side: a watch goes on
    static <Q, R> JsonCall<Q, R> start(ServerMethodDefinition<Q, R> definition, List<DynamicMessage> requests,
            Metadata headers, JsonAnswer answer, boolean staysOpen) throws IOException {
        JsonCall<Q, R> call = new JsonCall<>(definition, requests, answer, staysOpen);
        ServerCallHandler<Q, R> handler = definition.getServerCallHandler();
        call.listener = handler.startCall(call, headers);
        call.listener.onReady();
        call.deliver();
        return call;
    }

    @Override
    public void request(int more) {
        answer.onLoop(() -> {
            wanted += more;
            deliver();
        });
    }

    private void deliver() {
        if (listener == null) {
            return; // still starting
        }
        while (wanted > 0 && !requests.isEmpty() && !closed) {
            wanted--;
            listener.onMessage(requests.poll());
        }
        if (requests.isEmpty() && !halfClosed && !staysOpen) {
            halfClosed = true;
            listener.onHalfClose();
        }
    }

    /// The connection takes data again.
    void ready() {
        if (!closed) {
            listener.onReady();
        }
    }

    /// The client has gone.
    void cancel() {
        if (!closed && !cancelled) {
            cancelled = true;
            listener.onCancel();
        }
    }

    @Override
    public void sendHeaders(Metadata headers) {
        // told with the first message: an error that comes before it needs a status line of its own
    }

    @Override
    public void sendMessage(R message) {
        if (!cancelled) {
            answer.message(complete(message));
        }
    }

    /// With what the generated class does not know by name.
    private static Message complete(Object message) {
        Message generated = (Message) message;
        if (EtcdSchema.complete(generated.getDescriptorForType()) == generated.getDescriptorForType()) {
            return generated;
        }
        try {
            return DynamicMessage.parseFrom(EtcdSchema.complete(generated.getDescriptorForType()), generated.toByteString());
        } catch (IOException e) {
            throw new IllegalStateException("one schema reads what the other has written", e);
        }
    }

    @Override
    public boolean isReady() {
        return !closed && answer.isWritable();
    }

    @Override
    public void close(Status status, Metadata trailers) {
        closed = true;
        if (!cancelled) {
            answer.end(status);
        }
        answer.later(() -> { // a call that is refused at its start has no listener yet
            if (!cancelled) {
                listener.onComplete();
            }
        });
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public MethodDescriptor<Q, R> getMethodDescriptor() {
        return method;
    }
}
