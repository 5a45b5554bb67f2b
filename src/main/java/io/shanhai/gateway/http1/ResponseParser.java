package io.shanhai.gateway.http1;

/// Reads a response head. Once [#parse] says `COMPLETE`, the accessors describe it, until [#reset]. An interim response
/// (status below 200) is a head of its own: reset and parse on.
public final class ResponseParser extends HeadParser {

    private static final Malformed STATUS_LINE = Malformed.badRequest("status-line",
            "the status line is not HTTP/1.x SP three digits SP reason (RFC 9112 section 4)");

    private static final int MAX_REASON_BYTES = 512;
    private static final int CODE_END = "HTTP/1.1 200".length();

    private final FramingRules rules = new FramingRules();
    private int minorVersion;
    private int status;
    private int reasonStart;
    private int reasonEnd;
    private boolean keepAlive;

    public ResponseParser(HeadLimits limits) {
        super(limits);
    }

    /// 100..599.
    public int status() {
        return status;
    }

    /// As received, often `""`.
    public String reasonPhrase() {
        return fields.text(reasonStart, reasonEnd);
    }

    public int minorVersion() {
        return minorVersion;
    }

    /// How the body ends that follows this head, which depends on what was asked.
    ///
    /// @param requestMethod of the request this answers
    public Framing framing(String requestMethod) {
        if (requestMethod.equals("HEAD") || status < 200 || status == 204 || status == 304) {
            return Framing.NONE;
        }
        return declaredFraming();
    }

    /// What the fields alone say: to a HEAD, the framing a GET would have had.
    public Framing declaredFraming() {
        return rules.framing(Framing.UNTIL_CLOSE);
    }

    /// The server allows a further request on this connection, once a body that does not end by close is read.
    public boolean isKeepAlive() {
        return keepAlive;
    }

    public Fields fields() {
        return fields;
    }

    @Override
    Malformed startLine(int from, int to) {
        byte[] bytes = fields.bytes;
        int codeEnd = from + CODE_END;
        if (to < codeEnd || bytes[from] != 'H' || bytes[from + 1] != 'T' || bytes[from + 2] != 'T' || bytes[from + 3] != 'P'
                || bytes[from + 4] != '/' || bytes[from + 5] != '1' || bytes[from + 6] != '.'
                || !Octets.isDigit(bytes[from + 7]) || bytes[from + 8] != ' ') {
            return STATUS_LINE;
        }
        minorVersion = bytes[from + 7] - '0';
        status = 0;
        for (int i = codeEnd - 3; i < codeEnd; i++) {
            if (!Octets.isDigit(bytes[i])) {
                return STATUS_LINE;
            }
            status = 10 * status + bytes[i] - '0';
        }
        if (status < 100 || status > 599 || to > codeEnd && bytes[codeEnd] != ' ') {
            return STATUS_LINE;
        }
        reasonStart = Math.min(codeEnd + 1, to); // some servers leave out the space before an empty reason
        reasonEnd = to;
        for (int i = reasonStart; i < reasonEnd; i++) {
            if (!Octets.isValue(bytes[i])) {
                return STATUS_LINE;
            }
        }
        return null;
    }

    @Override
    Malformed finish() {
        Malformed malformed = rules.judge(fields, minorVersion);
        if (malformed != null) {
            return malformed;
        }
        boolean close = fields.listHas("connection", "close");
        keepAlive = !close && (minorVersion > 0 || fields.listHas("connection", "keep-alive"));
        return null;
    }

    @Override
    Malformed startLineTooLong() {
        return STATUS_LINE;
    }

    @Override
    int maxStartLineBytes() {
        return CODE_END + MAX_REASON_BYTES;
    }

    @Override
    int maxLeadingEmptyLines() {
        return 0;
    }

    @Override
    boolean stripsSpaceBeforeColon() {
        return true;
    }
}
