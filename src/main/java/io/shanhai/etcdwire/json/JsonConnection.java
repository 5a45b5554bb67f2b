package io.shanhai.etcdwire.json;

import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.shanhai.node.LocalAuthority;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/// One HTTP/1.1 connection: its requests one after the other. Confined to its event loop.
final class JsonConnection extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final int MAX_WAITING = 4; // pipelined requests; clients of JSON hardly do it
    private static final Metadata.Key<String> AUTHORIZATION = Metadata.Key.of("authorization",
            Metadata.ASCII_STRING_MARSHALLER);

    private final JsonGateway gateway;
    private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>();
    private ChannelHandlerContext context;
    private boolean busy;
    private JsonCall<?, ?> call;
    private Future<?> deadline;

    JsonConnection(JsonGateway gateway) {
        this.gateway = gateway;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        startDeadline();
    }

    /// For the next request to be complete.
    private void startDeadline() {
        deadline = context.executor().schedule(() -> context.close(), gateway.idle().toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext from, FullHttpRequest request) {
        if (request.decoderResult().isFailure()) { // a head that is no HTTP, or too long: what follows cannot be told apart
            new JsonAnswer(context, false, () -> {}).refuse(Status.INVALID_ARGUMENT.withDescription("malformed HTTP request"));
            context.close();
        } else if (!busy) {
            serve(request);
        } else if (waiting.size() < MAX_WAITING) {
            waiting.add(request.retain());
        } else {
            context.close();
        }
    }

    private void serve(FullHttpRequest request) {
        busy = true;
        deadline.cancel(false);
        JsonRoutes.Route route = gateway.route(request.uri());
        JsonAnswer answer = new JsonAnswer(context, route != null && route.streams(), this::done);
        String foreign = foreign(request);
        if (!foreign.isEmpty()) {
            refuse(answer, Status.PERMISSION_DENIED, foreign);
        } else if (route == null) {
            gateway.page(request, answer);
        } else if (!request.method().equals(HttpMethod.POST)) {
            answer.plain(HttpResponseStatus.METHOD_NOT_ALLOWED, json -> json.writeStringField("error", "Method Not Allowed"));
        } else {
            begin(route, request, answer);
        }
    }

    /// Why it is not from this machine, as far as Host and Origin tell; empty when it is or need not be. A web page that
    /// points its own name at 127.0.0.1 (DNS rebinding), or posts to it from elsewhere, must not get in.
    private String foreign(FullHttpRequest request) {
        if (!gateway.localOnly()) {
            return "";
        }
        for (String host : request.headers().getAll(HttpHeaderNames.HOST)) {
            if (!LocalAuthority.isLocal(host)) {
                return "Host: " + host
                        + " is not local (expected: localhost, 127.0.0.1 or [::1]; from elsewhere, set etcd.address and users)";
            }
        }
        for (String origin : request.headers().getAll(HttpHeaderNames.ORIGIN)) {
            if (!LocalAuthority.isLocalOrigin(origin)) {
                return "Origin: " + origin + " is not local (expected: none, or a page served from this machine)";
            }
        }
        return "";
    }

    private void begin(JsonRoutes.Route route, FullHttpRequest request, JsonAnswer answer) {
        Metadata headers = new Metadata();
        String authorization = request.headers().get(HttpHeaderNames.AUTHORIZATION);
        if (authorization != null) {
            headers.put(AUTHORIZATION, authorization);
        }
        try {
            call = route.start(ByteBufUtil.getBytes(request.content()), headers, answer);
        } catch (IOException e) {
            refuse(answer, Status.INVALID_ARGUMENT, e.getMessage());
        }
    }

    private void refuse(JsonAnswer answer, Status status, String why) {
        answer.refuse(status.withDescription(why));
        done();
    }

    /// Later, off the stack of the call that has just ended.
    private void done() {
        context.executor().execute(this::next);
    }

    private void next() {
        busy = false;
        call = null;
        if (!context.channel().isActive()) {
            return;
        }
        startDeadline();
        FullHttpRequest next = waiting.poll();
        if (next != null) {
            try {
                serve(next);
            } finally {
                next.release();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        if (call != null && from.channel().isWritable()) {
            call.ready();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        deadline.cancel(false);
        waiting.forEach(FullHttpRequest::release);
        waiting.clear();
        if (call != null) {
            call.cancel();
        }
        from.fireChannelInactive();
    }

    /// Malformed, too slow, or reset: there is nobody who understands an answer.
    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        from.close();
    }
}
