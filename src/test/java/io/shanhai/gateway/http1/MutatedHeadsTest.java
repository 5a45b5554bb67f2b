package io.shanhai.gateway.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Good heads, spoilt at random, given to the parser in random pieces and to [ReferenceHead]: both must agree on what is
/// taken and how its body ends. `-Dshanhai.fuzz.rounds=` sets how many (default 100,000), `-Dshanhai.fuzz.seed=` where to
/// begin; a failure names the seed that shows it again alone.
class MutatedHeadsTest {

    private static final HeadLimits LIMITS = new HeadLimits(64 * 1024, 32 * 1024);
    private static final List<String> SEEDS = List.of(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a?b=c HTTP/1.1\r\nHost: a.example:8080\r\nAccept: */*\r\nConnection: keep-alive, x\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n0\r\n\r\n",
            "PUT http://[::1]:80/x HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "\r\nDELETE /x HTTP/1.1\r\nhost:\ta \r\nUpgrade: h2c\r\n\r\n");
    private static final List<String> PIECES = List.of("\r\n", "\r", "\n", " ", "\t", ":", ",", ";", "\u0000", "\u007f", "\u00ff",
            "#",
            "%", "[", "]", "@", "\r\n\r\n", "\r\n ", " :", "Host: b\r\n", "Content-Length: 4\r\n", "Content-Length: 03\r\n",
            "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "transfer-encoding:\tCHUNKED\r\n",
            "Expect: x\r\n", "HTTP/1.0", "HTTP/2.0", "CONNECT", "http://", "9223372036854775808", "-1", "+", "0x", "chunked",
            "3");

    @Test
    void parserAndReferenceAgree() {
        long seed = Long.getLong("shanhai.fuzz.seed", 1);
        long rounds = Long.getLong("shanhai.fuzz.rounds", 100_000L);
        RequestParser parser = new RequestParser(LIMITS);
        for (long i = 0; i < rounds; i++) {
            Random random = new Random(seed + i);
            byte[] head = mutated(random);
            String expected = ReferenceHead.judge(head);
            String seen = verdict(parser, head, random);
            if (expected.equals("UNFINISHED") && seen.equals("REFUSED")) {
                continue; // the parser may know before the end comes
            }
            long failing = seed + i;
            assertEquals(expected, seen, () -> "-Dshanhai.fuzz.seed=" + failing + " -Dshanhai.fuzz.rounds=1: "
                    + new String(head, StandardCharsets.ISO_8859_1).replace("\r", "\\r").replace("\n", "\\n"));
        }
    }

    private static byte[] mutated(Random random) {
        byte[] head = SEEDS.get(random.nextInt(SEEDS.size())).getBytes(StandardCharsets.ISO_8859_1);
        for (int i = random.nextInt(5); i > 0; i--) {
            head = mutate(head, random);
        }
        return head;
    }

    private static byte[] mutate(byte[] head, Random random) {
        int at = random.nextInt(head.length + 1);
        int to = Math.min(head.length, at + (random.nextInt(4) == 0 ? random.nextInt(20) : random.nextInt(2)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(head, 0, at);
        switch (random.nextInt(5)) {
            case 0 -> out.writeBytes(PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.ISO_8859_1));
            case 1 -> out.write(random.nextInt(256));
            case 2 -> to = at + afterLine(head, at, out, random);
            case 3 -> out.writeBytes(Arrays.copyOfRange(head, at, to)); // twice
            default -> {
                // left out
            }
        }
        if (random.nextBoolean()) {
            to = Math.max(at, Math.min(to, head.length));
        } else {
            to = at;
        }
        out.write(head, to, head.length - to);
        return out.toByteArray();
    }

    /// A piece behind the next line's end, where field lines begin.
    private static int afterLine(byte[] head, int at, ByteArrayOutputStream out, Random random) {
        int end = at;
        while (end < head.length && head[end] != '\n') {
            end++;
        }
        end = Math.min(head.length, end + 1);
        out.write(head, at, end - at);
        out.writeBytes(PIECES.get(random.nextInt(PIECES.size())).getBytes(StandardCharsets.ISO_8859_1));
        out.write(head, end, head.length - end);
        return head.length - at;
    }

    private static String verdict(RequestParser parser, byte[] head, Random random) {
        parser.reset();
        int cut = random.nextInt(head.length + 1);
        Outcome outcome = parser.parse(ByteBuffer.wrap(head, 0, cut));
        if (outcome == Outcome.INCOMPLETE) {
            outcome = parser.parse(ByteBuffer.wrap(head, cut, head.length - cut));
        }
        return switch (outcome) {
            case INCOMPLETE -> "UNFINISHED";
            case MALFORMED -> "REFUSED";
            case COMPLETE -> "TAKEN " + switch (parser.framing().kind()) {
                case NONE -> "NONE";
                case CHUNKED -> "CHUNKED";
                case LENGTH -> Long.toString(parser.framing().length());
                case UNTIL_CLOSE -> "UNTIL_CLOSE";
            };
        };
    }
}
