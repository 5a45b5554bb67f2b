package io.shanhai.gateway.upstream;

import io.shanhai.gateway.Exchange;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/// What of a request and of a response passes the gateway (RFC 9110 section 7.6.1). Pure; safe for all threads.
public final class Forwarding {

    /// Length of a request body that comes in chunks.
    public static final long CHUNKED = -1;
    /// The request has no body and said nothing of one.
    public static final long NO_BODY = -2;

    /// A `Connection` header may not strip these: they are end-to-end and somebody behind us relies on them.
    private static final Set<String> PROTECTED = Set.of("host", "content-length", "content-type", "authorization", "cookie",
            "traceparent", "tracestate", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip");

    private Forwarding() {}

    /// Writes the request head for HTTP/1.1, with the blank line.
    ///
    /// @param bodyLength bytes, [#CHUNKED] or [#NO_BODY]
    /// @return false when it does not fit into `out`, whose position is then undefined
    public static boolean requestHead(Exchange x, long bodyLength, ByteBuffer out) {
        try {
            RequestHead.write(x, bodyLength, out);
            return true;
        } catch (BufferOverflowException _) {
            return false;
        }
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
}
