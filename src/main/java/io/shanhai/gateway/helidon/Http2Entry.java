package io.shanhai.gateway.helidon;

import io.helidon.webserver.CloseConnectionException;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Exchange.Engine;
import io.shanhai.gateway.http1.Malformed;
import java.util.Locale;

/// Where HTTP/2 requests come in from Helidon: a filter that never proceeds, because the way through Helidon's routing
/// decodes and matches paths we match ourselves.
final class Http2Entry implements Filter {

    private final Http1Service service;

    Http2Entry(Http1Service service) {
        this.service = service;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        Http2Body body = new Http2Body(request, service.maxBodyBytes());
        Http2Responder responder = new Http2Responder(response, body);
        Exchange x = exchange(request);
        Malformed refusal = x.path.startsWith("/") || x.path.equals("*") ? body.refusal() : TARGET;
        if (refusal != null) {
            responder.answer(x, service.malformed(refusal));
        } else if (!service.courier().carry(x, responder)) {
            // Resets the stream: the client must not take a response that broke off for a whole one.
            throw new CloseConnectionException("response broke off");
        }
    }

    private static final Malformed TARGET = new Malformed(400, "http2:path", "the :path does not begin with /");

    private static Exchange exchange(RoutingRequest request) {
        HttpPrologue prologue = request.prologue();
        String query = prologue.query().rawValue();
        String authority = request.authority() == null ? "" : request.authority();
        Peer peer = Peer.of(request.remotePeer());
        return new Exchange(Engine.HELIDON, prologue.method().text(), prologue.uriPath().rawPath(),
                query.isEmpty() ? null : query, host(authority), authority, new Http2Headers(request.headers()),
                peer.address(), peer.isLoopback(), "http", System.nanoTime());
    }

    /// Lower case, without port.
    private static String host(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean hasPort = colon > authority.lastIndexOf(']');
        return (hasPort ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
    }
}
