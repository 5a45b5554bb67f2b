package io.shanhai.gateway.nio;

import io.shanhai.gateway.Exchange;
import io.shanhai.gateway.Problem;
import io.shanhai.gateway.http1.Fields;
import io.shanhai.gateway.http1.Framing;
import io.shanhai.gateway.http1.ResponseParser;
import io.shanhai.gateway.upstream.Forwarding;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Writes an endpoint's response head as the client gets it.
final class ResponseHeads {

    private static final int OWN_BYTES = 512; // status line, framing, explain and connection fields together

    /// @param framing the client's, which may be another than the endpoint's
    void write(Exchange x, ResponseParser parser, Framing framing, ClientConnection client, boolean keep) {
        Fields fields = parser.fields();
        ByteBuffer out = client.wire().out(length(fields) + OWN_BYTES);
        out.put(HeadBytes.statusLine(parser.status()));
        passOn(fields, Forwarding.nominated(fields.joined("connection")), out);
        switch (framing.kind()) {
            case LENGTH -> HeadBytes.contentLength(out, framing.length());
            case CHUNKED -> out.put(HeadBytes.CHUNKED);
            case NONE -> announce(parser, out);
            case UNTIL_CLOSE -> {
            }
        }
        if (x.explain) {
            List<String> explain = Problem.explainHeaders(x);
            for (int i = 0; i < explain.size(); i += 2) {
                field(out, explain.get(i), explain.get(i + 1));
            }
        }
        AnswerWriter.endHead(out, keep, client.request().head().minorVersion());
    }

    /// An interim response as it came, without what concerns the endpoint's hop.
    void writeInterim(ResponseParser parser, Wire to) {
        Fields fields = parser.fields();
        ByteBuffer out = to.out(length(fields) + OWN_BYTES);
        out.put(HeadBytes.statusLine(parser.status()));
        passOn(fields, Forwarding.nominated(fields.joined("connection")), out);
        out.put(HeadBytes.CRLF);
    }

    /// A response without a body may tell how long the one to a GET would be (RFC 9110 section 8.6), except a 204.
    private static void announce(ResponseParser parser, ByteBuffer out) {
        Framing declared = parser.declaredFraming();
        if (declared.kind() == Framing.Kind.LENGTH && parser.status() != 204) {
            HeadBytes.contentLength(out, declared.length());
        }
    }

    private static void passOn(Fields fields, Set<String> nominated, ByteBuffer out) {
        for (int i = 0; i < fields.size(); i++) {
            String lower = fields.name(i).toLowerCase(Locale.ROOT);
            if (lower.equals("content-length") || Forwarding.dropsFromResponse(lower, nominated)) {
                continue;
            }
            byte[] bytes = fields.bytes();
            out.put(bytes, fields.nameStart(i), fields.nameEnd(i) - fields.nameStart(i)).put((byte) ':').put((byte) ' ');
            out.put(bytes, fields.valueStart(i), fields.valueEnd(i) - fields.valueStart(i)).put(HeadBytes.CRLF);
        }
    }

    private static void field(ByteBuffer out, String name, String value) {
        HeadBytes.text(out, name);
        out.put((byte) ':').put((byte) ' ');
        HeadBytes.text(out, value);
        out.put(HeadBytes.CRLF);
    }

    /// Upper bound of what [#passOn] writes.
    private static int length(Fields fields) {
        int length = 0;
        for (int i = 0; i < fields.size(); i++) {
            length += fields.nameEnd(i) - fields.nameStart(i) + fields.valueEnd(i) - fields.valueStart(i) + 4;
        }
        return length;
    }
}
