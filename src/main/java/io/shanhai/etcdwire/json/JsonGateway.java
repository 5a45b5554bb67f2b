package io.shanhai.etcdwire.json;

import io.grpc.Status;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.shanhai.etcdwire.Http1Side;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// etcd's JSON over HTTP/1.1: `/v3/…`, `/health`, `/version`.
public final class JsonGateway implements Http1Side {

    private static final int OTHER_BYTES = 64 * 1024; // names, numbers and quotes around the request's bytes

    private final Duration idle;
    private final BooleanSupplier healthy;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private Serving serving;
    private JsonRoutes routes;

    /// @param idle for a request to be complete, and for a reader to take something
    /// @param healthy whether writes are taken
    public JsonGateway(Duration idle, BooleanSupplier healthy) {
        this.idle = idle;
        this.healthy = healthy;
    }

    @Override
    public void serve(Serving what) {
        serving = what;
        routes = new JsonRoutes(what.services());
    }

    @Override
    public void take(ChannelHandlerContext connection) {
        connections.add(connection.channel());
        // base64 makes four bytes of three
        int maxBody = (int) Math.min(Integer.MAX_VALUE, serving.maxRequestBytes() * 4 / 3 + OTHER_BYTES);
        ChannelPipeline pipeline = connection.pipeline();
        String last = connection.name();
        for (ChannelHandler handler : List.of(new WriteTimeoutHandler(idle.toMillis(), TimeUnit.MILLISECONDS),
                new HttpServerCodec(), new HttpServerKeepAliveHandler(), new HttpObjectAggregator(maxBody),
                new JsonConnection(this))) {
            String name = "http-" + handler.getClass().getSimpleName();
            pipeline.addAfter(last, name, handler);
            last = name;
        }
    }

    Duration idle() {
        return idle;
    }

    boolean localOnly() {
        return serving.localOnly();
    }

    /// null when the path is no method's.
    JsonRoutes.Route route(String uri) {
        int query = uri.indexOf('?');
        return routes.route(query < 0 ? uri : uri.substring(0, query));
    }

    /// What is no method.
    void page(FullHttpRequest request, JsonAnswer answer) {
        String page = request.method().equals(HttpMethod.GET) ? request.uri() : "";
        switch (page) {
            case "/health" -> {
                boolean well = healthy.getAsBoolean();
                answer.plain(well ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                        json -> json.writeStringField("health", Boolean.toString(well)));
            }
            case "/version" -> answer.plain(HttpResponseStatus.OK, json -> {
                json.writeStringField("etcdserver", serving.serverVersion());
                json.writeStringField("etcdcluster", serving.clusterVersion());
            });
            default -> answer.plain(HttpResponseStatus.NOT_FOUND, json -> {
                json.writeStringField("error", "Not Found");
                json.writeStringField("message",
                        "no such path (expected: POST /v3/kv/range and its like, GET /health, GET /version)");
                json.writeNumberField("code", Status.Code.NOT_FOUND.value());
            });
        }
    }

    @Override
    public void close() {
        connections.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    }
}
