package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.http1.Fields;
import io.shanhai.trace.TraceContext;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;

/// Writes the head of a request to an endpoint. Stateless.
final class RequestHead {

    /*
     * HOT PATH, once per attempt. Over the fields of the HTTP/1.1 grammar lines are copied as bytes and nothing is
     * allocated, unless there is a Connection or a TE field. Lines that came otherwise (HTTP/2, copies for a mirror) go
     * through strings. Both ways write the same; RequestHeadTest holds them to it.
     */

    private static final byte[] HTTP_1_1 = ascii(" HTTP/1.1\r\nhost: ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] COLON = ascii(": ");
    private static final byte[] COMMA = ascii(", ");
    private static final byte[] FORWARDED_FOR = ascii("x-forwarded-for: ");
    private static final byte[] FORWARDED_PROTO = ascii("x-forwarded-proto: ");
    private static final byte[] FORWARDED_HOST = ascii("x-forwarded-host: ");
    private static final byte[] TRACEPARENT = ascii("traceparent: 00-");
    private static final byte[] TRACESTATE = ascii("tracestate: ");
    private static final byte[] TIMEOUT = ascii("x-shanhai-timeout-ms: ");
    private static final byte[] MIRROR = ascii("x-shanhai-mirror: 1\r\n");
    private static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n");
    private static final byte[] CONTENT_LENGTH = ascii("content-length: ");
    private static final byte[] TE_TRAILERS = ascii("te: trailers\r\n");
    private static final byte[] HEX = ascii("0123456789abcdef");

    /// Fields the gateway writes anew, or answers itself, and those of this hop: by length, because that tells most apart.
    private static final String[][] DROPPED = byLength("host", "content-length", "traceparent", "tracestate", "x-forwarded-for",
            "x-forwarded-proto", "x-forwarded-host", "x-shanhai-explain", "x-shanhai-timeout-ms", "x-shanhai-mirror", "expect",
            "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "proxy-authenticate",
            "proxy-authorization", "http2-settings");

    private RequestHead() {}

    /// @param bodyLength bytes, [Forwarding#CHUNKED] or [Forwarding#NO_BODY]
    /// @throws BufferOverflowException when it does not fit; the buffer's position is then undefined
    static void write(Exchange x, long bodyLength, ByteBuffer out) {
        text(out, x.method);
        out.put((byte) ' ');
        text(out, x.forwardTarget);
        out.put(HTTP_1_1);
        text(out, x.authority.isEmpty() ? x.endpoint.address() : x.authority);
        out.put(CRLF);
        if (x.headers instanceof Fields fields) {
            copyLines(x, fields, out);
        } else {
            copyStrings(x, out);
        }
        trace(x.upstreamTrace, out);
        out.put(TIMEOUT);
        decimal(out, timeoutMillis(x));
        out.put(CRLF);
        if (x.isMirror) {
            out.put(MIRROR);
        }
        if (bodyLength == Forwarding.CHUNKED) {
            out.put(CHUNKED);
        } else if (bodyLength >= 0) {
            out.put(CONTENT_LENGTH);
            decimal(out, bodyLength);
            out.put(CRLF);
        }
        out.put(CRLF);
    }

    private static void copyLines(Exchange x, Fields fields, ByteBuffer out) {
        Set<String> nominated = fields.indexOf("connection", 0) < 0
                ? Set.of()
                : Forwarding.nominated(fields.joined("connection"));
        for (int i = 0; i < fields.size(); i++) {
            if (isDropped(fields, i)) {
                if (fields.hasName(i, "te") && hasTrailers(fields.value(i))) {
                    out.put(TE_TRAILERS);
                }
            } else if (nominated.isEmpty() || !nominated.contains(fields.name(i).toLowerCase(Locale.ROOT))) {
                out.put(fields.bytes(), fields.nameStart(i), fields.nameLength(i)).put(COLON);
                value(fields, i, out);
                out.put(CRLF);
            }
        }
        out.put(FORWARDED_FOR);
        for (int i = fields.indexOf("x-forwarded-for", 0); i >= 0; i = fields.indexOf("x-forwarded-for", i + 1)) {
            value(fields, i, out);
            out.put(COMMA);
        }
        text(out, x.clientAddress);
        out.put(CRLF);
        first(fields, "x-forwarded-proto", FORWARDED_PROTO, x.scheme, out);
        first(fields, "x-forwarded-host", FORWARDED_HOST, x.authority, out);
    }

    /// The client's own value, or ours; nothing when ours is empty.
    private static void first(Fields fields, String lowerName, byte[] name, String ours, ByteBuffer out) {
        int i = fields.indexOf(lowerName, 0);
        if (i < 0 && ours.isEmpty()) {
            return;
        }
        out.put(name);
        if (i >= 0) {
            value(fields, i, out);
        } else {
            text(out, ours);
        }
        out.put(CRLF);
    }

    private static void value(Fields fields, int i, ByteBuffer out) {
        out.put(fields.bytes(), fields.valueStart(i), fields.valueEnd(i) - fields.valueStart(i));
    }

    private static boolean isDropped(Fields fields, int i) {
        int length = fields.nameLength(i);
        if (length >= DROPPED.length) {
            return false;
        }
        for (String name : DROPPED[length]) {
            if (fields.hasName(i, name)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasTrailers(String value) {
        return value.toLowerCase(Locale.ROOT).contains("trailers"); // the one TE value that may pass: the client reads trailers
    }

    private static void copyStrings(Exchange x, ByteBuffer out) {
        Set<String> nominated = Forwarding.nominated(x.headers.joined("connection"));
        BiConsumer<String, String> copy = (name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (isDropped(lower)) {
                if (lower.equals("te") && hasTrailers(value)) {
                    out.put(TE_TRAILERS);
                }
            } else if (!nominated.contains(lower)) {
                text(out, name);
                out.put(COLON);
                text(out, value);
                out.put(CRLF);
            }
        };
        x.headers.forEach(copy);
        String before = x.headers.joined("x-forwarded-for");
        field(FORWARDED_FOR, before == null ? x.clientAddress : before + ", " + x.clientAddress, out);
        String proto = x.headers.first("x-forwarded-proto");
        field(FORWARDED_PROTO, proto == null ? x.scheme : proto, out);
        String host = x.headers.first("x-forwarded-host");
        if (host != null || !x.authority.isEmpty()) {
            field(FORWARDED_HOST, host == null ? x.authority : host, out);
        }
    }

    private static boolean isDropped(String lower) {
        if (lower.length() < DROPPED.length) {
            for (String name : DROPPED[lower.length()]) {
                if (name.equals(lower)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void field(byte[] name, String value, ByteBuffer out) {
        out.put(name);
        text(out, value);
        out.put(CRLF);
    }

    private static void trace(TraceContext trace, ByteBuffer out) {
        out.put(TRACEPARENT);
        hex(out, trace.traceIdHigh());
        hex(out, trace.traceIdLow());
        out.put((byte) '-');
        hex(out, trace.spanId());
        out.put((byte) '-').put((byte) '0').put(HEX[trace.flags()]).put(CRLF); // two flags are known: one digit
        if (!trace.tracestate().isEmpty()) {
            field(TRACESTATE, trace.tracestate(), out);
        }
    }

    /// How long the gateway will wait for this attempt: who cannot answer within that need not begin.
    private static long timeoutMillis(Exchange x) {
        long nanos = x.route.timeoutNanos() - (x.attemptNanos - x.admittedNanos);
        long perTry = x.route.retries().perTryNanos();
        return Math.max(1, (perTry > 0 ? Math.min(perTry, nanos) : nanos) / 1_000_000);
    }

    private static void hex(ByteBuffer out, long value) {
        for (int shift = 60; shift >= 0; shift -= 4) {
            out.put(HEX[(int) (value >>> shift) & 15]);
        }
    }

    private static void decimal(ByteBuffer out, long number) {
        long power = 1;
        while (number / power >= 10) {
            power *= 10;
        }
        for (; power > 0; power /= 10) {
            out.put((byte) ('0' + number / power % 10));
        }
    }

    /// Fields are ISO-8859-1 by now: both engines decode them so.
    private static void text(ByteBuffer out, String text) {
        for (int i = 0; i < text.length(); i++) {
            out.put((byte) text.charAt(i));
        }
    }

    private static String[][] byLength(String... names) {
        int longest = 0;
        for (String name : names) {
            longest = Math.max(longest, name.length());
        }
        String[][] byLength = new String[longest + 1][];
        for (int length = 0; length <= longest; length++) {
            int wanted = length;
            byLength[length] = Set.of(names).stream().filter(name -> name.length() == wanted).toArray(String[]::new);
        }
        return byLength;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
