package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static io.shanhai.gateway.TestGateway.to;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The grammar of RFC 9112 and 9110 as lists: what is taken, what is refused. Each input differs from a good request in one
/// place; all of a list go to one gateway. A refusal ends the connection; what is taken leaves it good for the request that follows.
interface GrammarContract extends ContractGround {

    String SENTINEL = "GET /sentinel HTTP/1.1\nHost: a\n\n";

    /// Control characters as a reader, and a report, can see them.
    private static String shown(String input) {
        StringBuilder shown = new StringBuilder();
        for (char c : input.substring(0, Math.min(120, input.length())).toCharArray()) {
            shown.append(c == '\n'
                    ? "\\n"
                    : c == '\r' ? "\\r" : c < ' ' || c > '~' ? "\\x" + Integer.toHexString(c) : String.valueOf(c));
        }
        return shown.toString();
    }

    /// Every character a field name, a method or a value may hold, and every one it may not.
    static Stream<String> taken() {
        List<String> all = new ArrayList<>();
        for (char c : "!#$%&'*+-.^_`|~09azAZ".toCharArray()) {
            all.add("GET / HTTP/1.1\nHost: a\nX" + c + "Y: 1\n\n");
            all.add("X" + c + "Y / HTTP/1.1\nHost: a\n\n");
        }
        for (int c : new int[]{'\t', ' ', '!', '"', '(', ',', '/', ':', ';', '<', '=', '?', '@', '[', '\\', ']', '{', '}', 0x80,
                0xa0, 0xff}) {
            all.add("GET / HTTP/1.1\nHost: a\nX-A: b" + (char) c + "c\n\n");
        }
        for (String target : List.of("/", "//", "/a//b", "/%20", "/%2F", "/a;b=c", "/?", "/?a=b&c", "/?a?b", "/a:b", "/@", "/~a",
                "/!$&'()*+,;=", "/[a]", "/|", "/\"", "/{a}", "/a\\b", "/^", "/`", "http://a", "http://a/", "http://a/b?c",
                "https://a:443/", "HTTP://A/", "http://a?b", "http://[::1]:80/")) {
            all.add("GET " + target + " HTTP/1.1\nHost: a\n\n");
        }
        for (String host : List.of("a", "A.B", "a:80", "a:", "a:0", "a:65535", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:80",
                "a-b.c_d", "a.", "xn--a", "a%20b", "")) {
            all.add("GET / HTTP/1.1\nHost: " + host + "\n\n");
        }
        for (String line : List.of("Host:a", "Host: \ta\t ", "hOST: a", "Host: a\nX-Empty:", "Host: a\nX-Empty: ",
                "Host: a\nConnection: keep-alive", "Host: a\nConnection: x-a, keep-alive\nX-A: 1", "Host: a\nConnection:",
                "Host: a\nConnection: ,,", "Host: a\nTE: trailers\nConnection: TE", "Host: a\nKeep-Alive: timeout=5",
                "Host: a\nX-A: 1\nX-A: 2", "Host: a\nUpgrade: h2c\nConnection: upgrade", "Host: a\nContent-Length: 0",
                "Host: a\nContent-Length: 00", "Host: a\nContent-Length: 0, 0", "Host: a\nContent-Length: 0\nContent-Length: 0",
                "Host: a\nCookie: a=b; c=d", "Host: a\nProxy-Connection: keep-alive")) {
            all.add("GET / HTTP/1.1\n" + line + "\n\n");
        }
        for (String body : List.of("Content-Length: 3\n\nabc", "content-length:3\n\nabc", "Content-Length: 003\n\nabc",
                "Content-Length: 3,3\n\nabc", "Content-Length: 3\nContent-Length: 3\n\nabc",
                "Expect: 100-continue\nContent-Length: 3\n\nabc")) {
            all.add("POST / HTTP/1.1\nHost: a\n" + body);
        }
        all.add("GET / HTTP/1.2\nHost: a\n\n");
        all.add("\nGET / HTTP/1.1\nHost: a\n\n");
        all.add("OPTIONS / HTTP/1.1\nHost: a\n\n");
        return all.stream();
    }

    @TestFactory
    default Stream<DynamicTest> takes() throws Exception {
        gateway().route("any", prefix("/"), respond(200, "ok")).publish();
        return taken().map(request -> dynamicTest(shown(request), () -> takes(request)));
    }

    private void takes(String request) throws Exception {
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.exchange(request);
            while (response.status() == 100) {
                response = client.read();
            }
            assertEquals(200, response.status(), response::text);
            if (response.field("connection") == null) {
                assertEquals(200, client.exchange(SENTINEL).status());
            }
        }
    }

    static Stream<String> refused() {
        List<String> all = new ArrayList<>();
        for (int c = 0; c < 0x21; c++) {
            if (c == '\t' || c == ' ' || c == '\n' || c == '\r') {
                continue;
            }
            all.add("GET / HTTP/1.1\nHost: a\nX-A: b" + (char) c + "c\n\n");
            all.add("GET /" + (char) c + " HTTP/1.1\nHost: a\n\n");
            all.add("GET / HTTP/1.1\nHost: a\nX" + (char) c + "Y: 1\n\n");
        }
        for (char c : " \"(),/;<=>?@[\\]{}\u007f\u0080\u00ff".toCharArray()) {
            all.add("GET / HTTP/1.1\nHost: a\nX" + c + "Y: 1\n\n");
            all.add("G" + c + "T / HTTP/1.1\nHost: a\n\n");
        }
        for (String target : List.of("", "a", "a/b", "*", "?a", "#", "/#a", "/a b", "/\t", "/\u007f", "/\u00e9", "ftp://a/",
                "http://", "http:///", "http://?a", "http://u@a/", "http://a:b/", "http://a:65536/", "http:/a", "//\u0001")) {
            all.add("GET " + target + " HTTP/1.1\nHost: a\n\n");
        }
        for (String host : List.of("a b", "a/", "a?", "a#b", "u@a", "a,b", "a:b", "a:65536", "a:-1", "a:123456", ":80", "[", "[]",
                "[::1", "[::1]a", "[g::]", "a\\b", "a\"", "<a>", "a\u00e9", "http://a")) {
            all.add("GET / HTTP/1.1\nHost: " + host + "\n\n");
        }
        for (String version : List.of("HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/1.10", "HTTP/01.1", "HTTP/2.0", "HTTP/0.9",
                "http/1.1",
                "HTTP/1,1", "HTTP 1.1", "HTTPS/1.1", "HTTP/1.1 ", " HTTP/1.1", "HTTP/1.1x", "HTTP/+1.1", "HTTP/1.x", "ICY/1.1")) {
            all.add("GET / " + version + "\nHost: a\n\n");
        }
        for (String lines : List.of("Host: a\nHost: a", "Host: a\nHost: b", "Host: a\nHOST: a", "", "X-A: 1", " Host: a",
                "Host: a\n X", "Host: a\n\tX", "Host: a\nX-A: 1\n  2", "Host : a", "Host\t: a", "Host: a\nX-A : 1",
                "Host: a\n: 1",
                "Host: a\nX-A", "Host: a\nX-A 1", "Host: a\nX A: 1", "Host: a\nExpect: 200-ok", "Host: a\nExpect:",
                "Host: a\nExpect: 100-continue, x", "Host: a\nX-A: b\rc", "Host: a\nX\r-A: b", "Host: a\n\rX-A: b")) {
            all.add("GET / HTTP/1.1\n" + lines + "\n\n");
        }
        for (String length : List.of("", "-1", "+1", "1.0", "0x1", "1e1", "1 1", "1;1", "1,", ",1", "1,,1", "1,2", "a", "\"1\"",
                "9223372036854775808", "99999999999999999999", "1\nContent-Length: 2", "1, 1, 2", "\u00b9", "1_0")) {
            all.add("POST / HTTP/1.1\nHost: a\nContent-Length: " + length + "\n\na");
        }
        for (String coding : List.of("", "gzip", "identity", "chunked, chunked", "chunked, gzip", "gzip, chunked", "xchunked",
                "chunked x", "chunked;q=1", "\"chunked\"", "chunked,", ",chunked", "chunk ed",
                "chunked\nTransfer-Encoding: chunked",
                "chunked\nTransfer-Encoding: identity", "identity\nTransfer-Encoding: chunked", "chunked\nContent-Length: 5",
                "\u000bchunked", "chunked\u0000", "gzip\nContent-Length: 5")) {
            all.add("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: " + coding + "\n\n0\n\n");
        }
        all.add("POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n");
        all.add("CONNECT a:80 HTTP/1.1\nHost: a\n\n");
        all.add("GET  / HTTP/1.1\nHost: a\n\n");
        all.add("GET /  HTTP/1.1\nHost: a\n\n");
        all.add(" GET / HTTP/1.1\nHost: a\n\n");
        all.add("GET\t/ HTTP/1.1\nHost: a\n\n");
        all.add("GET / HTTP/1.1\r\nHost: a\n\n");
        all.add("GET /\n\n");
        all.add("GET\n\n");
        all.add("\n\n\nGET / HTTP/1.1\nHost: a\n\n");
        return all.stream();
    }

    @TestFactory
    default Stream<DynamicTest> refuses() throws Exception {
        gateway().route("any", prefix("/"), respond(200, "ok")).publish();
        return refused().map(request -> dynamicTest(shown(request), () -> refuses(request)));
    }

    private void refuses(String request) throws Exception {
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client.send(request + SENTINEL).read();
            assertTrue(response.status() >= 400, () -> response.status() + " " + response.text());
            assertTrue(response.field("x-shanhai-reason").startsWith("http1:"), response.field("x-shanhai-reason"));
            assertEquals("close", response.field("connection"));
            assertTrue(client.isClosed(), "what follows a refused request must not be read as one");
        }
    }

    /// Chunked bodies, behind the head.
    static Stream<String> chunkedTaken() {
        return Stream.of("0\n\n", "3\nabc\n0\n\n", "003\nabc\n000\n\n", "1\na\n1\nb\n1\nc\n0\n\n", "A\n0123456789\n0\n\n",
                "a\n0123456789\n0\n\n", "3;x\nabc\n0\n\n", "3;x=y\nabc\n0\n\n", "3;x=\"a;b\"\nabc\n0\n\n",
                "3\n\r\n\n\n0\n\n",
                "0;last\n\n", "3\nabc\n0\nX-Checksum: 1\n\n", "3\nabc\n0\nX-A: 1\nX-B: 2\n\n");
    }

    @TestFactory
    default Stream<DynamicTest> takesChunks() throws Exception {
        Backend backend = gateway().backend("a").does((request, out, _) -> {
            request.body().readAllBytes();
            Backend.text(out, "whole");
        });
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        return chunkedTaken().map(body -> dynamicTest(shown(body), () -> takesChunks(body)));
    }

    private void takesChunks(String body) throws Exception {
        // CR LF within the data are data: three bytes of them, as announced.
        String sent = body.replace("3\n\r\n\n\n", "4\n\n\n\n");
        try (RawClient client = gateway().client()) {
            String head = "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n";
            assertEquals("whole", client.exchange(head + sent).text());
            assertEquals("whole", client.exchange(SENTINEL).text());
        }
    }

    /// `3 ;x` is grammatical by an erratum's reading only, and a favourite of smugglers.
    static Stream<String> chunkedRefused() {
        List<String> all = new ArrayList<>();
        for (String size : List.of("", " ", "g", "0x3", "+3", "-3", "3_", "3.", "3 ", " 3", "\t3", "3,", "3 x", "3\r", "\r3",
                "3;\u0001",
                "3;x=\r", "3 ;x", "11111111111111111", "ffffffffffffffff", "8000000000000000", "3\u0000", "\u00b3",
                "3;" + "x".repeat(5000))) {
            all.add(size + "\nabc\n0\n\n");
        }
        all.add("3\nabcd\n0\n\n");
        all.add("3\nab\n0\n\n");
        all.add("3\nabc0\n\n");
        all.add("0\nContent-Length: 3\n\n");
        all.add("0\nTransfer-Encoding: chunked\n\n");
        all.add("0\nHost: b\n\n");
        all.add("0\nAuthorization: x\n\n");
        all.add("0\nX A: 1\n\n");
        all.add("0\nX-A : 1\n\n");
        all.add("0\n X-A: 1\n\n");
        all.add("0\nX-A\n\n");
        all.add("0\nX-A: \u0001\n\n");
        all.add("0\nX-A: " + "x".repeat(20_000) + "\n\n");
        return all.stream();
    }

    @TestFactory
    default Stream<DynamicTest> refusesChunks() throws Exception {
        Backend backend = gateway().backend("a").does((request, out, _) -> {
            request.body().readAllBytes();
            Backend.text(out, "whole");
        });
        gateway().pool("svc", backend).route("svc", prefix("/"), to("svc")).publish();
        return chunkedRefused().map(body -> dynamicTest(shown(body), () -> refusesChunks(body)));
    }

    private void refusesChunks(String body) throws Exception {
        try (RawClient client = gateway().client()) {
            RawClient.Response response = client
                    .send("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n" + body + SENTINEL).read();
            assertEquals(400, response.status(), response::text);
            assertTrue(client.isClosed(), "what follows a malformed body must not be read as a request");
        }
    }
}
