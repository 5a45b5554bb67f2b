package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Requests that are refused before they have a route. Each is answered once, and the connection ends with it: nobody
/// can know where the next request would begin.
interface MalformedContract extends ContractGround {

    @ParameterizedTest(name = "{2}")
    @CsvSource(delimiter = '|', textBlock = """
            400 | http1:length-and-transfer-encoding | POST / HTTP/1.1\\nHost: a\\nContent-Length: 3\\nTransfer-Encoding: chunked\\n\\n0\\n\\n
            400 | http1:content-length-differs       | POST / HTTP/1.1\\nHost: a\\nContent-Length: 3\\nContent-Length: 4\\n\\nabcd
            400 | http1:content-length               | POST / HTTP/1.1\\nHost: a\\nContent-Length: +3\\n\\nabc
            400 | http1:transfer-encoding            | POST / HTTP/1.1\\nHost: a\\nTransfer-Encoding: chunked, gzip\\n\\n0\\n\\n
            400 | http1:transfer-encoding-in-1.0     | POST / HTTP/1.0\\nTransfer-Encoding: chunked\\n\\n0\\n\\n
            501 | http1:transfer-coding              | POST / HTTP/1.1\\nHost: a\\nTransfer-Encoding: gzip, chunked\\n\\n0\\n\\n
            400 | http1:missing-host                 | GET / HTTP/1.1\\n\\n
            400 | http1:duplicate-host               | GET / HTTP/1.1\\nHost: a\\nHost: a\\n\\n
            400 | http1:host                         | GET / HTTP/1.1\\nHost: a/b\\n\\n
            400 | http1:host                         | GET / HTTP/1.1\\nHost: user@a\\n\\n
            400 | http1:space-before-colon           | GET / HTTP/1.1\\nHost : a\\n\\n
            400 | http1:obs-fold                     | GET / HTTP/1.1\\nHost: a\\nX-A: 1\\n 2\\n\\n
            400 | http1:field-name                   | GET / HTTP/1.1\\nHost: a\\nX A: 1\\n\\n
            400 | http1:request-line                 | GET /\\nHost: a\\n\\n
            400 | http1:target                       | GET /caf\u00e9 HTTP/1.1\\nHost: a\\n\\n
            400 | http1:target-form                  | GET x HTTP/1.1\\nHost: a\\n\\n
            505 | http1:version                      | GET / HTTP/3.0\\nHost: a\\n\\n
            501 | http1:connect                      | CONNECT a:80 HTTP/1.1\\nHost: a:80\\n\\n
            501 | http1:upgrade                      | GET / HTTP/1.1\\nHost: a\\nConnection: upgrade\\nUpgrade: websocket\\n\\n
            417 | http1:expect                       | POST / HTTP/1.1\\nHost: a\\nContent-Length: 1\\nExpect: a-miracle\\n\\nx
            """)
    default void refusesRequestAndCloses(int status, String reason, String request) throws Exception {
        gateway().route("any", prefix("/"), respond(200, "ok")).publish();
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.exchange(request.replace("\\n", "\n"));
            Problems.assertProblem(response, status, reason);
            assertEquals("close", response.field("connection"));
            assertTrue(client.isClosed());
        }
        gateway().awaitCount("none", status, 1);
    }

    @Test
    default void refusesBareLineFeed() throws Exception {
        gateway().route("any", prefix("/"), respond(200, "ok")).publish();
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.send("GET / HTTP/1.1\nHost: a".getBytes()).send("\n".getBytes()).read();
            Problems.assertProblem(response, 400, "http1:bare-lf");
        }
    }

    @Test
    default void refusesLongTarget() throws Exception {
        gateway().route("any", prefix("/"), respond(200, "ok")).publish();
        Problems.assertProblem(gateway().get("/" + "x".repeat(9000)), 414, "http1:target-too-long");
    }

    @Test
    default void refusesLargeHead() throws Exception {
        gateway().route("any", prefix("/"), respond(200, "ok")).publish();
        RawClient.Response response = gateway().send("GET / HTTP/1.1\nHost: a\nX-Large: " + "x".repeat(17_000) + "\n\n");
        Problems.assertProblem(response, 431, "http1:head-too-large");
    }

    @Test
    default void takesLargestHeadAllowed() throws Exception {
        Backend backend = gateway().backend("a");
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        String head = "GET / HTTP/1.1\nHost: a\nX-Large: \n\n";
        int room = 16 * 1024 - head.replace("\n", "\r\n").length() - 1;
        assertEquals(200, gateway().send(head.replace("Large: ", "Large: " + "x".repeat(room))).status());
        assertEquals(room, backend.request().field("x-large").length());
    }

    @Test
    default void refusesTooManyFields() throws Exception {
        gateway().route("any", prefix("/"), respond(200, "ok")).publish();
        RawClient.Response response = gateway().send("GET / HTTP/1.1\nHost: a\n" + "X-A: 1\n".repeat(300) + "\n");
        Problems.assertProblem(response, 431, "http1:too-many-fields");
    }

    /// The head is fine, so there is a route and an exchange; the body then turns out to be none.
    @ParameterizedTest
    @CsvSource({"0x3", "+3", "3_0", "-1", "fffffffffffffffff", "''", "'3 '", "' 3'"})
    default void refusesMalformedChunks(String size) throws Exception {
        Backend backend = gateway().backend("a").does((request, out, _) -> {
            request.body().readAllBytes();
            Backend.text(out, "whole");
        });
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        try (RawClient client = gateway().client()) {
            client.send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n" + size + "\nabc\n0\n\n");
            RawClient.Response response = client.read();
            assertEquals(400, response.status(), response::text);
            assertTrue(client.isClosed());
        }
    }

    @Test
    default void refusesForbiddenTrailer() throws Exception {
        Backend backend = gateway().backend("a").does((request, out, _) -> {
            request.body().readAllBytes();
            Backend.text(out, "whole");
        });
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        RawClient.Response response = gateway().send(
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n3\nabc\n0\nContent-Length: 9\n\n");
        assertEquals(400, response.status());
    }
}
