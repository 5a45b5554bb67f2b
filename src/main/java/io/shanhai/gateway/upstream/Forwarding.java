package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Exchange;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;

/// What of a request and of a response passes the gateway (RFC 9110 section 7.6.1). Pure; safe for all threads.
public final class Forwarding {

    /// Length of a request body that comes in chunks.
    public static final long CHUNKED = -1;
    /// The request has no body and said nothing of one.
    public static final long NO_BODY = -2;

    /// A `Connection` header may not strip these: they are end-to-end and somebody behind us relies on them.
    private static final Set<String> PROTECTED = Set.of("host", "content-length", "content-type", "authorization", "cookie",
            "traceparent", "tracestate", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip");

    private static final byte[] HTTP_1_1 = ascii(" HTTP/1.1\r\nhost: ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final int MAX_DIGITS = 20;

    private Forwarding() {}

    /// Writes the request head for HTTP/1.1, with the blank line.
    ///
    /// @param bodyLength bytes, [#CHUNKED] or [#NO_BODY]
    /// @return false when it does not fit into `out`, whose position is then undefined
    public static boolean requestHead(Exchange x, long bodyLength, ByteBuffer out) {
        HeadWriter writer = new HeadWriter(x, out);
        return writer.write(bodyLength);
    }

    /// True for response fields that end at the gateway. Framing fields are among them: the engine writes its own.
    ///
    /// @param lowerName lower case
    /// @param nominated from [#nominated] of the response's Connection field
    public static boolean dropsFromResponse(String lowerName, Set<String> nominated) {
        return isHopByHop(lowerName) || nominated.contains(lowerName);
    }

    /// Names a Connection field lists, lower case, without those that may not be stripped.
    ///
    /// @param connection all Connection lines joined by `,`, null when there is none
    public static Set<String> nominated(String connection) {
        if (connection == null || connection.equalsIgnoreCase("keep-alive") || connection.equalsIgnoreCase("close")) {
            return Set.of();
        }
        Set<String> names = new HashSet<>();
        for (String name : connection.split(",")) {
            String lower = name.strip().toLowerCase(Locale.ROOT);
            if (!lower.isEmpty() && !PROTECTED.contains(lower)) {
                names.add(lower);
            }
        }
        return names;
    }

    /// RFC 9110 section 7.6.1 and the framing fields of RFC 9112.
    static boolean isHopByHop(String lowerName) {
        return switch (lowerName) {
            case "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "proxy-authenticate",
                    "proxy-authorization", "http2-settings" ->
                true;
            default -> false;
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static final class HeadWriter implements BiConsumer<String, String> {
        private final Exchange x;
        private final ByteBuffer out;
        private final Set<String> nominated;
        private boolean overflow;

        HeadWriter(Exchange x, ByteBuffer out) {
            this.x = x;
            this.out = out;
            this.nominated = nominated(x.headers.joined("connection"));
        }

        boolean write(long bodyLength) {
            text(x.method);
            if (out.hasRemaining()) {
                out.put((byte) ' ');
            }
            text(x.forwardTarget);
            bytes(HTTP_1_1);
            text(x.authority.isEmpty() ? x.endpoint.address() : x.authority);
            bytes(CRLF);
            x.headers.forEach(this);
            forwardedFor();
            field("traceparent", x.upstreamTrace.traceparent());
            if (!x.upstreamTrace.tracestate().isEmpty()) {
                field("tracestate", x.upstreamTrace.tracestate());
            }
            timeout();
            if (x.isMirror) {
                field("x-shanhai-mirror", "1");
            }
            if (bodyLength == CHUNKED) {
                field("transfer-encoding", "chunked");
            } else if (bodyLength >= 0) {
                field("content-length", Long.toString(bodyLength));
            }
            bytes(CRLF);
            return !overflow;
        }

        /// One field of the client's request.
        @Override
        public void accept(String name, String value) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (isOurs(lower) || isHopByHop(lower) || nominated.contains(lower)) {
                if (lower.equals("te") && value.toLowerCase(Locale.ROOT).contains("trailers")) {
                    field("te", "trailers"); // the one TE value that may pass: the client reads trailers
                }
                return;
            }
            field(name, value);
        }

        /// Fields the gateway writes anew, or answers itself.
        private static boolean isOurs(String lower) {
            return switch (lower) {
                case "host", "content-length", "traceparent", "tracestate", "x-forwarded-for", "x-forwarded-proto",
                        "x-forwarded-host", "x-shanhai-explain", "x-shanhai-timeout-ms", "x-shanhai-mirror", "expect" ->
                    true;
                default -> false;
            };
        }

        /// How long the gateway will wait for this attempt: who cannot answer within that need not begin.
        private void timeout() {
            long nanos = x.route.timeoutNanos() - (x.attemptNanos - x.admittedNanos);
            long perTry = x.route.retries().perTryNanos();
            long millis = Math.max(1, (perTry > 0 ? Math.min(perTry, nanos) : nanos) / 1_000_000);
            text("x-shanhai-timeout-ms: ");
            if (out.remaining() < MAX_DIGITS) {
                overflow = true;
                return;
            }
            long power = 1;
            while (millis / power >= 10) {
                power *= 10;
            }
            for (; power > 0; power /= 10) {
                out.put((byte) ('0' + millis / power % 10));
            }
            bytes(CRLF);
        }

        private void forwardedFor() {
            String before = x.headers.joined("x-forwarded-for");
            field("x-forwarded-for", before == null ? x.clientAddress : before + ", " + x.clientAddress);
            String proto = x.headers.first("x-forwarded-proto");
            field("x-forwarded-proto", proto == null ? x.scheme : proto);
            String host = x.headers.first("x-forwarded-host");
            if (host != null || !x.authority.isEmpty()) {
                field("x-forwarded-host", host == null ? x.authority : host);
            }
        }

        private void field(String name, String value) {
            text(name);
            if (out.remaining() < 2) {
                overflow = true;
                return;
            }
            out.put((byte) ':').put((byte) ' ');
            text(value);
            bytes(CRLF);
        }

        private void text(String text) {
            int length = text.length();
            if (out.remaining() < length) {
                overflow = true;
                return;
            }
            for (int i = 0; i < length; i++) {
                out.put((byte) text.charAt(i)); // fields are ISO-8859-1 by now: both engines decode them so
            }
        }

        private void bytes(byte[] bytes) {
            if (out.remaining() < bytes.length) {
                overflow = true;
                return;
            }
            out.put(bytes);
        }
    }
}
