package io.shanhai.gateway.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class Http1ResponseTest {

    private static final HeadLimits LIMITS = new HeadLimits(1024, 300);

    /// raw head, request method, `status framing length keep-alive`.
    static Stream<Arguments> valid() {
        return Stream.of(
                arguments("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", "200 LENGTH 5 keep"),
                arguments("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", "200 NONE 0 keep"),
                arguments("HTTP/1.1 200 OK\r\n\r\n", "GET", "200 UNTIL_CLOSE 0 keep"),
                arguments("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", "GET", "200 CHUNKED 0 keep"),
                arguments("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "GET", "200 LENGTH 0 keep"),
                arguments("HTTP/1.1 204 No Content\r\n\r\n", "GET", "204 NONE 0 keep"),
                arguments("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", "304 NONE 0 keep"),
                arguments("HTTP/1.1 100 Continue\r\n\r\n", "POST", "100 NONE 0 keep"),
                arguments("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", "200 LENGTH 5 close"),
                arguments("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n", "GET", "200 LENGTH 5 keep"),
                arguments("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", "GET", "200 LENGTH 5 close"),
                arguments("HTTP/1.1 503 caf\u00e9 is shut\r\nX : stripped\r\nContent-Length: 1\r\n\r\n", "GET",
                        "503 LENGTH 1 keep"));
    }

    static Stream<Arguments> invalid() {
        return Stream.of(
                arguments("HTTP/2 200\r\n\r\n", "http1:status-line"),
                arguments("HTTP/1.1 20 OK\r\n\r\n", "http1:status-line"),
                arguments("HTTP/1.1 2000 OK\r\n\r\n", "http1:status-line"),
                arguments("HTTP/1.1 099 OK\r\n\r\n", "http1:status-line"),
                arguments("HTTP/1.1 600 OK\r\n\r\n", "http1:status-line"),
                arguments("HTTP/1.1  200 OK\r\n\r\n", "http1:status-line"),
                arguments("HTTP/1.1 200 O\0K\r\n\r\n", "http1:status-line"),
                arguments("SSH-2.0-OpenSSH_9.2\r\n", "http1:status-line"),
                arguments("HTTP/1.1 200 " + "x".repeat(600), "http1:status-line"),
                arguments("HTTP/1.1 200 OK\n\n", "http1:bare-lf"),
                arguments("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", "http1:obs-fold"),
                arguments("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "http1:content-length-differs"),
                arguments("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                        "http1:length-and-transfer-encoding"),
                arguments("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "http1:transfer-encoding"),
                arguments("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "http1:transfer-coding"));
    }

    @ParameterizedTest
    @MethodSource("valid")
    void readsTheSameHeadHoweverItIsSplit(String raw, String method, String expected) {
        byte[] bytes = (raw + "body").getBytes(StandardCharsets.ISO_8859_1);
        ResponseParser parser = new ResponseParser(LIMITS);
        for (int split = 0; split < raw.length(); split++) {
            parser.reset();
            assertEquals(Outcome.INCOMPLETE, parser.parse(ByteBuffer.wrap(bytes, 0, split)));
            ByteBuffer rest = ByteBuffer.wrap(bytes, split, bytes.length - split);
            assertEquals(Outcome.COMPLETE, parser.parse(rest), "split at " + split);
            assertEquals(raw.length(), rest.position());
            Framing framing = parser.framing(method);
            assertEquals(expected, parser.status() + " " + framing.kind() + " " + framing.length() + " "
                    + (parser.isKeepAlive() ? "keep" : "close"));
        }
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void refusesWithReasonHoweverItIsSplit(String raw, String reason) {
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        ResponseParser parser = new ResponseParser(LIMITS);
        for (int split = 0; split <= bytes.length; split++) {
            parser.reset();
            Outcome outcome = parser.parse(ByteBuffer.wrap(bytes, 0, split));
            if (outcome == Outcome.INCOMPLETE) {
                outcome = parser.parse(ByteBuffer.wrap(bytes, split, bytes.length - split));
            }
            assertEquals(Outcome.MALFORMED, outcome, "split at " + split);
            assertEquals(reason, parser.malformed().reason(), "split at " + split);
        }
    }

    @Test
    void interimResponseIsAHeadOfItsOwn() {
        ByteBuffer in = ByteBuffer.wrap("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Made\r\n\r\n"
                .getBytes(StandardCharsets.ISO_8859_1));
        ResponseParser parser = new ResponseParser(LIMITS);
        assertEquals(Outcome.COMPLETE, parser.parse(in));
        assertEquals(103, parser.status());
        parser.reset();
        assertEquals(Outcome.COMPLETE, parser.parse(in));
        assertEquals(201, parser.status());
        assertEquals("Made", parser.reasonPhrase());
        assertEquals(0, parser.fields().size());
    }
}
