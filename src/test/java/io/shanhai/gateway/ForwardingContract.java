package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Which fields pass the gateway, in both directions (RFC 9110 section 7.6.1).
interface ForwardingContract extends ContractGround {

    private Backend forwarding() throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        return backend;
    }

    @Test
    default void dropsHopByHopFieldsOfRequest() throws Exception {
        Backend backend = forwarding();
        gateway().send("""
                GET / HTTP/1.1
                Host: a
                Connection: keep-alive, X-Hop, close
                X-Hop: 1
                Keep-Alive: timeout=5
                Proxy-Connection: keep-alive
                Upgrade: h2c
                HTTP2-Settings: AAMAAABk
                TE: gzip, trailers
                X-End: 2

                """);
        Backend.Request seen = backend.request();
        for (String dropped : List.of("x-hop", "keep-alive", "proxy-connection", "upgrade", "http2-settings")) {
            assertNull(seen.field(dropped), dropped);
        }
        assertEquals("trailers", seen.field("te"), "the one TE value that passes");
        assertEquals("2", seen.field("x-end"));
    }

    @Test
    default void doesNotLetConnectionStripEndToEndFields() throws Exception {
        Backend backend = forwarding();
        gateway().send("""
                GET / HTTP/1.1
                Host: a
                Connection: authorization, x-forwarded-for, cookie, host, traceparent
                Authorization: Bearer t
                Cookie: c=1
                X-Forwarded-For: 192.0.2.1

                """);
        Backend.Request seen = backend.request();
        assertEquals("Bearer t", seen.field("authorization"));
        assertEquals("c=1", seen.field("cookie"));
        assertEquals("a", seen.field("host"));
        assertEquals("192.0.2.1, 127.0.0.1", seen.field("x-forwarded-for"));
        assertEquals(1, seen.fields("traceparent").size());
    }

    @Test
    default void saysWhoAskedForWhat() throws Exception {
        Backend backend = forwarding();
        gateway().send("GET / HTTP/1.1\nHost: Shop.example.com:81\n\n");
        Backend.Request seen = backend.request();
        assertEquals(List.of("Shop.example.com:81"), seen.fields("host"), "unchanged");
        assertEquals(List.of("127.0.0.1"), seen.fields("x-forwarded-for"));
        assertEquals(List.of("http"), seen.fields("x-forwarded-proto"));
        assertEquals(List.of("Shop.example.com:81"), seen.fields("x-forwarded-host"));
    }

    @Test
    default void appendsToForwardedForAndKeepsProtoAndHost() throws Exception {
        Backend backend = forwarding();
        gateway().send("""
                GET / HTTP/1.1
                Host: a
                X-Forwarded-For: 192.0.2.1
                X-Forwarded-For: 192.0.2.2
                X-Forwarded-Proto: https
                X-Forwarded-Host: outside.example.com

                """);
        Backend.Request seen = backend.request();
        assertEquals(List.of("192.0.2.1, 192.0.2.2, 127.0.0.1"), seen.fields("x-forwarded-for"));
        assertEquals(List.of("https"), seen.fields("x-forwarded-proto"));
        assertEquals(List.of("outside.example.com"), seen.fields("x-forwarded-host"));
    }

    @Test
    default void forwardsRepeatedFieldsAndBytesAbove127() throws Exception {
        Backend backend = forwarding();
        gateway().send("GET / HTTP/1.1\nHost: a\nX-Many: 1\nX-Many: 2\nX-Latin: caf\u00e9\n\n");
        assertEquals(List.of("1", "2"), backend.request().fields("x-many"));
        assertEquals("caf\u00e9", backend.request().field("x-latin"));
    }

    @Test
    default void dropsHopByHopFieldsOfResponse() throws Exception {
        forwarding().says("""
                HTTP/1.1 200 Fine
                Connection: keep-alive, X-Hop
                X-Hop: 1
                Keep-Alive: timeout=5
                Proxy-Authenticate: Basic
                Upgrade: h2c
                Content-Length: 2
                Set-Cookie: a=1
                Set-Cookie: b=2
                Server: backend
                X-End: 3

                ok""");
        RawClient.Response response = gateway().get("/");
        for (String dropped : List.of("x-hop", "keep-alive", "proxy-authenticate", "upgrade", "connection")) {
            assertNull(response.field(dropped), dropped);
        }
        assertEquals(List.of("a=1", "b=2"), response.fields("set-cookie"));
        assertEquals("backend", response.field("server"));
        assertEquals("3", response.field("x-end"));
        assertEquals(List.of("2"), response.fields("content-length"));
        assertEquals("ok", response.text());
    }

    @Test
    default void passesUnusualStatusOn() throws Exception {
        forwarding().says("HTTP/1.1 299 Own Words\nContent-Length: 0\n\n");
        RawClient.Response response = gateway().get("/");
        assertEquals(299, response.status());
        gateway().awaitCount("svc", 299, 1);
    }

    /// An engine may pass an interim response on or not; it never takes it for the answer.
    @Test
    default void interimResponseIsNotTheAnswer() throws Exception {
        forwarding().says("HTTP/1.1 103 Early Hints\nLink: </a.css>\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nok");
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.exchange("GET / HTTP/1.1\nHost: a\n\n");
            if (response.status() == 103) {
                assertEquals("</a.css>", response.field("link"));
                response = client.read();
            }
            assertEquals(200, response.status());
            assertEquals("ok", response.text());
        }
    }

    @Test
    default void keepsUpstreamConnectionForNextRequest() throws Exception {
        Backend backend = forwarding();
        try (RawClient client = gateway().client()) {
            for (int i = 0; i < 5; i++) {
                assertEquals("a", client.exchange("GET / HTTP/1.1\nHost: a\n\n").text());
            }
        }
        assertEquals(1, backend.connections());
    }

    @Test
    default void doesNotReuseConnectionTheInstanceCloses() throws Exception {
        Backend backend = forwarding().says("HTTP/1.1 200 OK\nConnection: close\nContent-Length: 2\n\nok");
        gateway().get("/");
        gateway().get("/");
        assertEquals(2, backend.connections());
    }
}
