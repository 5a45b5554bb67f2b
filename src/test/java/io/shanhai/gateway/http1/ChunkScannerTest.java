package io.shanhai.gateway.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.shanhai.gateway.http1.ChunkScanner.Event;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ChunkScannerTest {

    /// body with framing, its data.
    static Stream<Arguments> valid() {
        return Stream.of(
                arguments("0\r\n\r\n", ""),
                arguments("5\r\nhello\r\n0\r\n\r\n", "hello"),
                arguments("5\r\nhello\r\n1\r\n!\r\n000\r\n\r\n", "hello!"),
                arguments("a;x=y;z=\"q r\"\r\n0123456789\r\n0;last\r\n\r\n", "0123456789"),
                arguments("0000000000000001\r\nx\r\n0\r\n\r\n", "x"),
                arguments("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
                arguments("1\r\nx\r\n0\r\nX-Sum: abc\r\nEmpty:\r\n\r\n", "x"));
    }

    /// body with framing, reason.
    static Stream<Arguments> invalid() {
        return Stream.of(
                bad("\r\n", "chunk-size"),
                bad("0x5\r\nhello\r\n", "chunk-size"),
                bad("+5\r\nhello\r\n", "chunk-size"),
                bad("-5\r\nhello\r\n", "chunk-size"),
                bad("1_0\r\n", "chunk-size"),
                bad(" 5\r\nhello\r\n", "chunk-size"),
                bad("5 \r\nhello\r\n", "chunk-size"),
                bad("g\r\n", "chunk-size"),
                bad(";x\r\n", "chunk-size"),
                bad("00000000000000001\r\nx\r\n", "chunk-size"),
                bad("ffffffffffffffff\r\n", "chunk-size"),
                bad("8000000000000000\r\n", "chunk-size"),
                bad("5\nhello\r\n", "chunk-line-end"),
                bad("5\rxhello\r\n", "chunk-line-end"),
                bad("5\r\nhello\n0\r\n\r\n", "chunk-line-end"),
                bad("5\r\nhello!\r\n0\r\n\r\n", "chunk-line-end"),
                bad("5\r\nhello\rx", "chunk-line-end"),
                bad("0\r\n\rx", "chunk-line-end"),
                bad("0\r\n\n", "chunk-line-end"),
                bad("5;a\nb\r\nhello\r\n", "chunk-line-end"),
                bad("5;a\0b\r\nhello\r\n", "chunk-extension"),
                bad("5;" + "a".repeat(257), "chunk-extension"),
                bad("0\r\nX y: z\r\n\r\n", "trailer"),
                bad("0\r\n: z\r\n\r\n", "trailer"),
                bad("0\r\n X: z\r\n\r\n", "trailer"),
                bad("0\r\nX: a\0\r\n\r\n", "trailer"),
                bad("0\r\nX: a\nY: b\r\n\r\n", "chunk-line-end"),
                bad("0\r\nX: " + "a".repeat(9000), "trailer"),
                bad("0\r\nContent-Length: 5\r\n\r\n", "forbidden-trailer"),
                bad("0\r\nX: y\r\ntransfer-ENCODING: chunked\r\n\r\n", "forbidden-trailer"),
                bad("0\r\nHost: b\r\n\r\n", "forbidden-trailer"),
                bad("0\r\nAuthorization: b\r\n\r\n", "forbidden-trailer"));
    }

    private static Arguments bad(String raw, String rule) {
        return arguments(raw, "http1:" + rule);
    }

    @ParameterizedTest
    @MethodSource("valid")
    void findsTheEndHoweverItIsSplit(String raw, String data) {
        byte[] bytes = (raw + "GET").getBytes(StandardCharsets.ISO_8859_1);
        ChunkScanner scanner = new ChunkScanner();
        for (int split = 0; split < raw.length(); split++) {
            scanner.reset();
            ByteBuffer first = ByteBuffer.wrap(bytes, 0, split);
            assertEquals(Event.NEEDS_INPUT, scanner.skim(first), "split at " + split);
            assertEquals(split, first.position());
            ByteBuffer rest = ByteBuffer.wrap(bytes, split, bytes.length - split);
            assertEquals(Event.END, scanner.skim(rest), "split at " + split);
            assertEquals(raw.length(), rest.position(), "where the body ends");
            assertEquals(data.length(), scanner.dataBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("valid")
    void handsOutTheDataHoweverItIsSplit(String raw, String data) {
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        ChunkScanner scanner = new ChunkScanner();
        for (int split = 0; split <= bytes.length; split++) {
            scanner.reset();
            StringBuilder out = new StringBuilder();
            Event first = unwrap(scanner, ByteBuffer.wrap(bytes, 0, split), out);
            Event last = first == Event.END
                    ? first
                    : unwrap(scanner, ByteBuffer.wrap(bytes, split, bytes.length - split), out);
            assertEquals(Event.END, last, "split at " + split);
            assertEquals(data, out.toString(), "split at " + split);
        }
    }

    /// Takes at most two bytes at a time, as a slow receiver would.
    private static Event unwrap(ChunkScanner scanner, ByteBuffer in, StringBuilder out) {
        for (;;) {
            Event event = scanner.next(in);
            if (event != Event.DATA) {
                return event;
            }
            int count = Math.min(2, scanner.dataLength());
            for (int i = 0; i < count; i++) {
                out.append((char) in.get());
            }
            scanner.consumed(count);
        }
    }

    @ParameterizedTest
    @MethodSource("invalid")
    void refusesWithReasonHoweverItIsSplit(String raw, String reason) {
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        ChunkScanner scanner = new ChunkScanner();
        for (int split = 0; split <= bytes.length; split++) {
            scanner.reset();
            Event event = scanner.skim(ByteBuffer.wrap(bytes, 0, split));
            if (event == Event.NEEDS_INPUT) {
                event = scanner.skim(ByteBuffer.wrap(bytes, split, bytes.length - split));
            }
            assertEquals(Event.MALFORMED, event, "split at " + split);
            assertEquals(reason, scanner.malformed().reason(), "split at " + split);
        }
    }

    @Test
    void extensionsAreBoundedOverTheWholeBody() {
        String chunk = "1;" + "a".repeat(200) + "\r\nx\r\n";
        ByteBuffer in = ByteBuffer.wrap(chunk.repeat(100).getBytes(StandardCharsets.ISO_8859_1));
        ChunkScanner scanner = new ChunkScanner();
        assertEquals(Event.MALFORMED, scanner.skim(in));
        assertEquals("http1:chunk-extension", scanner.malformed().reason());
    }
}
