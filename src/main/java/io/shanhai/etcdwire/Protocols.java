package io.shanhai.etcdwire;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Future;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Lets gRPC and HTTP/1.1 share the port: the first bytes of a connection tell which it is. An HTTP/2 client begins with
/// a preface that no HTTP/1.1 request can begin with (RFC 9113 section 3.4).
final class Protocols implements InternalProtocolNegotiator.ProtocolNegotiator {

    private static final byte[] PREFACE = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);

    private final SslContext tlsOrNull;
    private final int maxConnections;
    private final Duration patience;
    private final Consumer<ChannelHandlerContext> http1;
    private final Counter refused;
    private final AtomicInteger connections = new AtomicInteger();

    /// @param tlsOrNull null for none
    /// @param patience for a connection that says nothing
    /// @param http1 adds what serves HTTP/1.1 behind the given handler
    Protocols(SslContext tlsOrNull, int maxConnections, Duration patience, Consumer<ChannelHandlerContext> http1,
            Metrics metrics) {
        this.tlsOrNull = tlsOrNull;
        this.maxConnections = maxConnections;
        this.patience = patience;
        this.http1 = http1;
        this.refused = metrics.counter("shanhai_etcd_refused_total",
                "What the etcd door turned away because a bound was reached.",
                "bound", "connections");
        metrics.gauge("shanhai_etcd_connections", "Open client connections of the etcd door.", connections::get);
    }

    @Override
    public AsciiString scheme() {
        return AsciiString.of(tlsOrNull == null ? "http" : "https");
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
        return new FirstBytes(grpc);
    }

    @Override
    public void close() {
        // nothing of its own
    }

    private final class FirstBytes extends ByteToMessageDecoder {

        private final GrpcHttp2ConnectionHandler grpc;
        /// gRPC's sign to begin, kept for the handler that may come.
        private final List<Object> events = new ArrayList<>();
        private Future<?> deadline;

        FirstBytes(GrpcHttp2ConnectionHandler grpc) {
            this.grpc = grpc;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            context.channel().closeFuture().addListener(_ -> connections.decrementAndGet());
            if (connections.incrementAndGet() > maxConnections) {
                refused.increment();
                context.close();
                return;
            }
            if (tlsOrNull != null) {
                context.pipeline().addBefore(context.name(), null, tlsOrNull.newHandler(context.alloc()));
            }
            deadline = context.executor().schedule(() -> context.close(), patience.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            events.add(event);
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf bytes, List<Object> out) {
            int same = 0;
            int seen = Math.min(PREFACE.length, bytes.readableBytes());
            while (same < seen && bytes.getByte(bytes.readerIndex() + same) == PREFACE[same]) {
                same++;
            }
            if (same == PREFACE.length) {
                grpc(context);
            } else if (same < seen) {
                // gRPC's handler at the end waits for gRPC to begin, and closes the connection when it never does.
                context.pipeline().removeLast();
                http1.accept(context);
            } else {
                return; // not told yet
            }
            deadline.cancel(false);
            context.pipeline().remove(this); // passes on what it has read
        }

        private void grpc(ChannelHandlerContext context) {
            ChannelHandler next = InternalProtocolNegotiators.serverPlaintext().newHandler(grpc); // TLS is done already
            context.pipeline().addAfter(context.name(), null, next);
            events.forEach(context::fireUserEventTriggered);
        }

        /// A reset, or no TLS: nobody is there to be told.
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
