package io.shanhai.etcdwire;

import io.grpc.ServerServiceDefinition;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;

/// What serves the connections that speak HTTP/1.1: the seam to the child room `json`.
public interface Http1Side extends AutoCloseable {

    /// @param services with everything that stands before them
    /// @param localOnly refuse requests whose Host or Origin is not of this machine
    /// @param maxRequestBytes largest gRPC message
    record Serving(List<ServerServiceDefinition> services, boolean localOnly, long maxRequestBytes, String serverVersion,
            String clusterVersion) {}

    /// Called once, before the first connection.
    void serve(Serving serving);

    /// Adds its handlers behind the given one, on the connection's event loop.
    void take(ChannelHandlerContext connection);

    /// Closes its connections.
    @Override
    void close();
}
