package io.shanhai.gateway.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.params.provider.Arguments.arguments;

class Http1RequestTest {

    private static final HeadLimits LIMITS = new HeadLimits(1024, 300);
    private static final String HOST = "Host: a.example\r\n";

    /// raw head, then `method path query host authority framing keep-alive` as [#describe] writes them.
    static Stream<Arguments> valid() {
        return Stream.of(
                arguments("GET / HTTP/1.1\r\n" + HOST + "\r\n", "GET / null a.example a.example NONE 0 keep"),
                arguments("\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n", "GET / null a.example a.example NONE 0 keep"),
                arguments("GET /a%2fb/..;x?q=1?2 HTTP/1.1\r\nhost:\tB.Example:8080 \r\n\r\n",
                        "GET /a%2fb/..;x q=1?2 b.example B.Example:8080 NONE 0 keep"),
                arguments("GET /? HTTP/1.1\r\n" + HOST + "\r\n", "GET /  a.example a.example NONE 0 keep"),
                arguments("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / null   NONE 0 keep"),
                arguments("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / null [::1] [::1]:80 NONE 0 keep"),
                arguments("GET http://B:1/x?y HTTP/1.1\r\n" + HOST + "\r\n", "GET /x y b B:1 NONE 0 keep"),
                arguments("GET HTTPS://b HTTP/1.1\r\n" + HOST + "\r\n", "GET / null b b NONE 0 keep"),
                arguments("GET http://b?y HTTP/1.1\r\n" + HOST + "\r\n", "GET / y b b NONE 0 keep"),
                arguments("OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n", "OPTIONS * null a.example a.example NONE 0 keep"),
                arguments("OPTIONS http://b HTTP/1.1\r\n" + HOST + "\r\n", "OPTIONS * null b b NONE 0 keep"),
                arguments("M-SEARCH /x HTTP/1.1\r\n" + HOST + "\r\n", "M-SEARCH /x null a.example a.example NONE 0 keep"),
                arguments("GET / HTTP/1.0\r\n\r\n", "GET / null   NONE 0 close"),
                arguments("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / null   NONE 0 keep"),
                arguments("GET / HTTP/1.1\r\n" + HOST + "Connection: x, CLOSE\r\n\r\n",
                        "GET / null a.example a.example NONE 0 close"),
                arguments("GET / HTTP/1.1\r\n" + HOST + "Connection: closed\r\n\r\n",
                        "GET / null a.example a.example NONE 0 keep"),
                arguments("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n",
                        "POST / null a.example a.example LENGTH 0 keep"),
                arguments("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 42, 42\r\nContent-Length: 42\r\n\r\n",
                        "POST / null a.example a.example LENGTH 42 keep"),
                arguments("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 9223372036854775807\r\n\r\n",
                        "POST / null a.example a.example LENGTH 9223372036854775807 keep"),
                arguments("POST / HTTP/1.1\r\n" + HOST + "transfer-encoding: Chunked\r\n\r\n",
                        "POST / null a.example a.example CHUNKED 0 keep"),
                arguments("GET / HTTP/1.1\r\n" + HOST + "Empty:\r\nLatin: caf\u00e9\r\nTab: a\tb\r\n\r\n",
                        "GET / null a.example a.example NONE 0 keep"));
    }

    /// raw head, status, reason.
    static Stream<Arguments> invalid() {
        return Stream.of(
                bad("GET / HTTP/1.1\n" + HOST + "\r\n", "bare-lf"),
                bad("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "bare-lf"),
                bad("GET / HTTP/1.1\r\nHost: a\r\n\n", "bare-lf"),
                bad("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", "bare-cr"),
                bad("GET / HTTP/1.1\r\nHo\rst: a\r\n\r\n", "bare-cr"),
                bad("GET / HTTP/1.1\r\n" + HOST + "X: a\0b\r\n\r\n", "control-character"),
                bad("GET / HTTP/1.1\r\n" + HOST + "X: a\u007fb\r\n\r\n", "control-character"),
                bad("GET / HTTP/1.1\r\n" + HOST + "X : y\r\n\r\n", "space-before-colon"),
                bad("GET / HTTP/1.1\r\n" + HOST + "X\t: y\r\n\r\n", "space-before-colon"),
                bad("GET / HTTP/1.1\r\n" + HOST + "X: y\r\n z\r\n\r\n", "obs-fold"),
                bad("GET / HTTP/1.1\r\n " + HOST + "\r\n", "obs-fold"),
                bad("GET / HTTP/1.1\r\n" + HOST + "novalue\r\n\r\n", "field-name"),
                bad("GET / HTTP/1.1\r\n" + HOST + ": y\r\n\r\n", "field-name"),
                bad("GET / HTTP/1.1\r\n" + HOST + "X(y): z\r\n\r\n", "field-name"),
                bad("GET / HTTP/1.1\r\n" + HOST + "caf\u00e9: z\r\n\r\n", "field-name"),
                bad("GET / HTTP/1.1\r\n\r\n", "missing-host"),
                bad("GET / HTTP/1.1\r\n" + HOST + HOST + "\r\n", "duplicate-host"),
                bad("GET / HTTP/1.0\r\n" + HOST + HOST + "\r\n", "duplicate-host"),
                bad("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "host"),
                bad("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "host"),
                bad("GET http:///x HTTP/1.1\r\n" + HOST + "\r\n", "host"),
                bad("GET http://u@b/x HTTP/1.1\r\n" + HOST + "\r\n", "host"),
                bad("GET ftp://b/x HTTP/1.1\r\n" + HOST + "\r\n", "target-form"),
                bad("GET x HTTP/1.1\r\n" + HOST + "\r\n", "target-form"),
                bad("GET * HTTP/1.1\r\n" + HOST + "\r\n", "target-form"),
                bad("GET  / HTTP/1.1\r\n" + HOST + "\r\n", "target"),
                bad("GET /a\tb HTTP/1.1\r\n" + HOST + "\r\n", "target"),
                bad("GET /caf\u00e9 HTTP/1.1\r\n" + HOST + "\r\n", "target"),
                bad("GET /a#b HTTP/1.1\r\n" + HOST + "\r\n", "target"),
                bad("GET /a\0b HTTP/1.1\r\n" + HOST + "\r\n", "target"),
                bad("GET /a b HTTP/1.1\r\n" + HOST + "\r\n", "request-line"),
                bad("GET /\r\n", "request-line"),
                bad("GET / HTTP/1.1 \r\n" + HOST + "\r\n", "request-line"),
                bad("GET / http/1.1\r\n" + HOST + "\r\n", "request-line"),
                bad("GET / HTTP/1.10\r\n" + HOST + "\r\n", "request-line"),
                bad(" GET / HTTP/1.1\r\n" + HOST + "\r\n", "request-line"),
                bad("G(T / HTTP/1.1\r\n" + HOST + "\r\n", "request-line"),
                bad("\r\n\r\n\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n", "request-line"),
                bad(length("-1"), "content-length"),
                bad(length("+1"), "content-length"),
                bad(length("1_0"), "content-length"),
                bad(length("0x1"), "content-length"),
                bad(length(""), "content-length"),
                bad(length("1,"), "content-length"),
                bad(length("9223372036854775808"), "content-length"),
                bad(length("10000000000000000000"), "content-length"),
                bad(length("42, 43"), "content-length-differs"),
                bad(length("42\r\nContent-Length: 43"), "content-length-differs"),
                bad(length("1\r\nTransfer-Encoding: chunked"), "length-and-transfer-encoding"),
                bad(coding("chunked\r\nContent-Length: 1"), "length-and-transfer-encoding"),
                bad(coding("gzip"), "transfer-encoding"),
                bad(coding(""), "transfer-encoding"),
                bad(coding("chunked, chunked"), "transfer-encoding"),
                bad(coding("chunked, gzip"), "transfer-encoding"),
                bad(coding("chunked\r\nTransfer-Encoding: gzip"), "transfer-encoding"),
                bad(coding("chunked\r\nTransfer-Encoding: chunked"), "transfer-encoding"),
                bad(coding("xchunked"), "transfer-encoding"),
                bad("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "transfer-encoding-in-1.0"),
                arguments(coding("gzip, chunked"), 501, "http1:transfer-coding"),
                arguments("CONNECT a:443 HTTP/1.1\r\n" + HOST + "\r\n", 501, "http1:connect"),
                arguments("A".repeat(33) + " / HTTP/1.1\r\n" + HOST + "\r\n", 501, "http1:method"),
                arguments("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http1:version"),
                arguments("GET / HTTP/0.9\r\n" + HOST + "\r\n", 505, "http1:version"),
                arguments("GET / HTTP/1.1\r\n" + HOST + "Expect: 200-ok\r\n\r\n", 417, "http1:expect"),
                arguments("GET /" + "a".repeat(300) + " HTTP/1.1\r\n" + HOST + "\r\n", 414, "http1:target-too-long"),
                arguments("GET /" + "a".repeat(2000), 414, "http1:target-too-long"),
                arguments("GET / HTTP/1.1\r\n" + HOST + "X: " + "a".repeat(2000), 431, "http1:head-too-large"),
                arguments("GET / HTTP/1.1\r\n" + HOST + "a:\r\n".repeat(256), 431, "http1:head-too-large"));
    }

    private static String length(String value) {
        return "POST / HTTP/1.1\r\n" + HOST + "Content-Length: " + value + "\r\n\r\n";
    }

    private static String coding(String value) {
        return "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: " + value + "\r\n\r\n";
    }

    private static Arguments bad(String raw, String rule) {
        return arguments(raw, 400, "http1:" + rule);
    }

    @ParameterizedTest
    @MethodSource("valid")
    void readsTheSameHeadHoweverItIsSplit(String raw, String expected) {
        byte[] bytes = (raw + "NEXT").getBytes(StandardCharsets.ISO_8859_1);
        RequestParser parser = new RequestParser(LIMITS);
        for (int split = 0; split < raw.length(); split++) {
            parser.reset();
            assertEquals(Outcome.INCOMPLETE, parser.parse(ByteBuffer.wrap(bytes, 0, split)), "first " + split + " bytes");
            ByteBuffer rest = ByteBuffer.wrap(bytes, split, bytes.length - split);
            assertEquals(Outcome.COMPLETE, parser.parse(rest), "split at " + split);
            assertEquals(expected, describe(parser), "split at " + split);
            assertEquals(raw.length(), rest.position(), "where the head ends");
        }
    }

    @ParameterizedTest
    @MethodSource("valid")
    void readsFromDirectBuffersByteByByte(String raw, String expected) {
        RequestParser parser = new RequestParser(LIMITS);
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        Outcome outcome = Outcome.INCOMPLETE;
        for (byte b : raw.getBytes(StandardCharsets.ISO_8859_1)) {
            assertEquals(Outcome.INCOMPLETE, outcome);
            outcome = parser.parse(one.clear().put(b).flip());
            assertFalse(one.hasRemaining(), "an incomplete head uses the buffer up");
        }
        assertEquals(Outcome.COMPLETE, outcome);
        assertEquals(expected, describe(parser));
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void refusesWithReasonHoweverItIsSplit(String raw, int status, String reason) {
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        RequestParser parser = new RequestParser(LIMITS);
        for (int split = 0; split <= bytes.length; split++) {
            parser.reset();
            Outcome first = parser.parse(ByteBuffer.wrap(bytes, 0, split));
            Outcome outcome = first == Outcome.MALFORMED
                    ? first
                    : parser.parse(ByteBuffer.wrap(bytes, split, bytes.length - split));
            assertEquals(Outcome.MALFORMED, outcome, "split at " + split);
            assertEquals(reason, parser.malformed().reason(), "split at " + split);
            assertEquals(status, parser.malformed().status(), "split at " + split);
        }
    }

    @Test
    void headOfExactlyTheLimitPassesAndOneMoreByteDoesNot() {
        String start = "GET / HTTP/1.1\r\n" + HOST + "X: ";
        String fits = start + "a".repeat(1024 - start.length() - 4) + "\r\n\r\n";
        assertEquals(Outcome.COMPLETE, new RequestParser(LIMITS).parse(bytes(fits)));
        String tooLong = start + "a".repeat(1024 - start.length() - 3) + "\r\n\r\n";
        RequestParser parser = new RequestParser(LIMITS);
        assertEquals(Outcome.MALFORMED, parser.parse(bytes(tooLong)));
        assertEquals(431, parser.malformed().status());
    }

    @Test
    void targetOfExactlyTheLimitPasses() {
        String raw = "GET /" + "a".repeat(299) + " HTTP/1.1\r\n" + HOST + "\r\n";
        assertEquals(Outcome.COMPLETE, new RequestParser(LIMITS).parse(bytes(raw)));
    }

    @Test
    void tooManyFieldsAreRefusedBeforeTheHeadIsTooLarge() {
        RequestParser parser = new RequestParser(new HeadLimits(16 * 1024, 300));
        assertEquals(Outcome.MALFORMED, parser.parse(bytes("GET / HTTP/1.1\r\n" + HOST + "a:\r\n".repeat(256) + "\r\n")));
        assertEquals("http1:too-many-fields", parser.malformed().reason());
    }

    @Test
    void pipelinedHeadsAreReadOneAfterTheOther() {
        String one = "GET /1 HTTP/1.1\r\n" + HOST + "\r\n";
        String two = "GET /22 HTTP/1.1\r\nHost: b\r\n\r\n";
        ByteBuffer in = bytes(one + two);
        RequestParser parser = new RequestParser(LIMITS);
        assertEquals(Outcome.COMPLETE, parser.parse(in));
        assertEquals("/1", parser.path());
        parser.reset();
        assertEquals(Outcome.COMPLETE, parser.parse(in));
        assertEquals("/22", parser.path());
        assertEquals("b", parser.host());
        assertFalse(in.hasRemaining());
    }

    @Test
    void fieldsAreFoundWithoutRegardToCase() {
        RequestParser parser = new RequestParser(LIMITS);
        parser.parse(bytes("GET / HTTP/1.1\r\n" + HOST + "X-A: 1\r\nx-b:2\r\nX-a:  3 \r\nExpect: 100-Continue\r\n\r\n"));
        Fields fields = parser.fields();
        assertEquals("1", fields.first("x-a"));
        assertEquals("1, 3", fields.joined("x-a"));
        assertEquals(2, fields.count("x-a"));
        assertNull(fields.first("x-c"));
        assertNull(fields.joined("x-c"));
        assertTrue(parser.isExpectingContinue());
        StringBuilder all = new StringBuilder();
        fields.forEach((name, value) -> all.append(name).append('=').append(value).append(';'));
        assertEquals("Host=a.example;X-A=1;x-b=2;X-a=3;Expect=100-Continue;", all.toString());
    }

    @Test
    void anHttp10RequestWithoutHostDoesNotInheritTheOneBefore() {
        RequestParser parser = new RequestParser(LIMITS);
        parser.parse(bytes("GET / HTTP/1.1\r\n" + HOST + "\r\n"));
        parser.reset();
        parser.parse(bytes("GET / HTTP/1.0\r\n\r\n"));
        assertEquals(List.of("", ""), List.of(parser.host(), parser.authority()));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String describe(RequestParser parser) {
        return String.join(" ", parser.method(), parser.path(), String.valueOf(parser.query()), parser.host(),
                parser.authority(), parser.framing().kind().name(), Long.toString(parser.framing().length()),
                parser.isKeepAlive() ? "keep" : "close");
    }
}
