package io.shanhai.store.etcd;

import io.grpc.ManagedChannel;
import io.grpc.NameResolverRegistry;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import java.io.File;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/// The connections to the members of one etcd cluster: calls go round the members that can be reached.
/// Safe for all threads; connects when it is first used.
final class EtcdChannel implements AutoCloseable {

    static {
        NameResolverRegistry.getDefaultRegistry().register(new Endpoints());
    }

    /// Asks a silent connection for a sign of life this often. The least that gRPC allows; etcd takes 5 s and more.
    private static final int KEEP_ALIVE_SECONDS = 10;
    /// A range has no bound in etcd's own client either: the answer is as large as what was asked for. This is the
    /// largest array Java promises, less some.
    private static final int MAX_ANSWER_BYTES = Integer.MAX_VALUE - 8;

    private static final int LONGEST_END_SECONDS = 1; // it has nothing to do but to close sockets

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1,
            Thread.ofPlatform().daemon().name("store-etcd").factory(), NioIoHandler.newFactory());
    private final ManagedChannel channel;

    /// @throws StoreException when a certificate file cannot be used
    EtcdChannel(EtcdStoreSettings settings) {
        List<Endpoint> endpoints = Endpoint.parse(settings.endpoints());
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget(Endpoints.target(endpoints))
                .eventLoopGroup(loop).channelType(NioSocketChannel.class)
                .directExecutor() // what is called there only hands over
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
                .defaultLoadBalancingPolicy("round_robin")
                .disableServiceConfigLookUp()
                .disableRetry() // Calls knows what may be repeated
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
        if (endpoints.getFirst().isTls()) {
            tls(builder, settings);
        } else {
            builder.usePlaintext();
        }
        channel = builder.build();
    }

    private static void tls(NettyChannelBuilder builder, EtcdStoreSettings settings) {
        try {
            SslContextBuilder context = GrpcSslContexts.forClient();
            if (!settings.caFile().isEmpty()) {
                context.trustManager(new File(settings.caFile()));
            }
            if (!settings.certFile().isEmpty()) {
                context.keyManager(new File(settings.certFile()), new File(settings.keyFile()));
            }
            builder.sslContext(context.build());
        } catch (SSLException | IllegalArgumentException e) { // netty says IllegalArgument for a file that is no PEM
            throw new StoreException(Code.UNAVAILABLE, "store.etcd: ca-file, cert-file or key-file cannot be used: "
                    + e.getMessage(), e);
        }
    }

    ManagedChannel channel() {
        return channel;
    }

    /// Connects now, whatever gRPC's own growing pauses say: they reach two minutes.
    void connectNow() {
        channel.resetConnectBackoff();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, LONGEST_END_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(LONGEST_END_SECONDS, TimeUnit.SECONDS);
    }
}
