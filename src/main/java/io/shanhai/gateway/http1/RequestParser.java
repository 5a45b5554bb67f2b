package io.shanhai.gateway.http1;

import java.nio.charset.StandardCharsets;

/// Reads a request head. Once [#parse] says `COMPLETE`, the accessors describe it, until [#reset].
public final class RequestParser extends HeadParser {

    private static final Malformed REQUEST_LINE = Malformed.badRequest("request-line",
            "the request line is not METHOD SP target SP HTTP/1.x (RFC 9112 section 3)");
    private static final Malformed METHOD_TOO_LONG = new Malformed(501, "http1:method", "the method is longer than 32 bytes");
    private static final Malformed TARGET_OCTET = Malformed.badRequest("target",
            "the request target is empty or holds a control, a non-ASCII character, a space or # (percent-encode it)");
    private static final Malformed TARGET_FORM = Malformed.badRequest("target-form",
            "the request target neither begins with / nor is an http or https URI (RFC 9112 section 3.2)");
    private static final Malformed VERSION = new Malformed(505, "http1:version",
            "this port speaks HTTP/1.0 and HTTP/1.1; HTTP/2 is served on gateway.port");
    private static final Malformed CONNECT = new Malformed(501, "http1:connect",
            "CONNECT is not supported: this is a gateway, not a forward proxy");
    private static final Malformed NO_HOST = Malformed.badRequest("missing-host",
            "an HTTP/1.1 request needs a Host field (RFC 9112 section 3.2)");
    // Choosing one of two Host lines would let a proxy in front and us route the same request differently.
    private static final Malformed TWO_HOSTS = Malformed.badRequest("duplicate-host",
            "more than one Host field (RFC 9112 section 3.2)");
    private static final Malformed HOST = Malformed.badRequest("host",
            "the Host field or the target's authority is not host[:port] (RFC 9110 section 7.2)");
    private static final Malformed EXPECTATION = new Malformed(417, "http1:expect",
            "an expectation other than 100-continue cannot be met");

    private static final int MAX_METHOD_BYTES = 32; // the longest registered one, UPDATEREDIRECTREF, has 17
    private static final int VERSION_BYTES = "HTTP/1.1".length();
    private static final int NONE = -1;

    private final FramingRules rules = new FramingRules();
    private final Spellings spellings;
    private final Authority authority = new Authority();
    private String method;
    private int minorVersion;
    private int targetStart;
    private int targetEnd;
    private String path;
    private String query;
    private Framing framing;
    private boolean keepAlive;
    private boolean expectsContinue;
    private boolean upgrade;

    public RequestParser(HeadLimits limits) {
        this(limits, null);
    }

    /// @param spellings shared by the parsers of one thread; null when every head makes its own strings
    public RequestParser(HeadLimits limits, Spellings spellings) {
        super(limits);
        this.spellings = spellings;
    }

    public String method() {
        return method;
    }

    /// Origin-form path without query, as received; `*` for `OPTIONS *`.
    public String path() {
        return path;
    }

    /// Without `?`; null when the target has none.
    public String query() {
        return query;
    }

    /// Host field, or the target's authority when it has one, as received; `""` when there is none.
    public String authority() {
        return authority.text();
    }

    /// [#authority()] in lower case, without port.
    public String host() {
        return authority.host();
    }

    /// 0 for HTTP/1.0; 1 and above are HTTP/1.1 to us.
    public int minorVersion() {
        return minorVersion;
    }

    /// Never `UNTIL_CLOSE`.
    public Framing framing() {
        return framing;
    }

    /// The client allows a further request on this connection.
    public boolean isKeepAlive() {
        return keepAlive;
    }

    /// The client waits for `100 Continue` before it sends the body.
    public boolean isExpectingContinue() {
        return expectsContinue;
    }

    /// An Upgrade field is present.
    public boolean isUpgrade() {
        return upgrade;
    }

    public Fields fields() {
        return fields;
    }

    @Override
    Malformed startLine(int from, int to) {
        byte[] bytes = fields.bytes;
        int methodEnd = from;
        while (methodEnd < to && Octets.isToken(bytes[methodEnd])) {
            methodEnd++;
        }
        if (methodEnd == from || methodEnd == to || bytes[methodEnd] != ' ') {
            return REQUEST_LINE;
        }
        if (methodEnd - from > MAX_METHOD_BYTES) {
            return METHOD_TOO_LONG;
        }
        targetStart = methodEnd + 1;
        targetEnd = targetStart;
        while (targetEnd < to && Octets.isTarget(bytes[targetEnd])) {
            targetEnd++;
        }
        if (targetEnd - targetStart > limits.targetBytes()) {
            return startLineTooLong();
        }
        if (targetEnd == to) {
            return REQUEST_LINE; // HTTP/0.9, or no target
        }
        if (targetEnd == targetStart || bytes[targetEnd] != ' ') {
            return TARGET_OCTET;
        }
        method = methodName(bytes, from, methodEnd);
        Malformed version = version(bytes, targetEnd + 1, to);
        return version != null ? version : targetForm();
    }

    private Malformed version(byte[] bytes, int from, int to) {
        if (to - from != VERSION_BYTES || bytes[from] != 'H' || bytes[from + 1] != 'T' || bytes[from + 2] != 'T'
                || bytes[from + 3] != 'P' || bytes[from + 4] != '/' || !Octets.isDigit(bytes[from + 5])
                || bytes[from + 6] != '.' || !Octets.isDigit(bytes[from + 7])) {
            return REQUEST_LINE;
        }
        minorVersion = bytes[from + 7] - '0';
        return bytes[from + 5] == '1' ? null : VERSION;
    }

    private Malformed targetForm() {
        byte[] bytes = fields.bytes;
        if (method.equals("CONNECT")) {
            return CONNECT;
        }
        if (bytes[targetStart] == '/') {
            return null;
        }
        if (bytes[targetStart] == '*') {
            return targetEnd - targetStart == 1 && method.equals("OPTIONS") ? null : TARGET_FORM;
        }
        return schemeEnd() == NONE ? TARGET_FORM : null;
    }

    /// Where the authority of an absolute-form target begins.
    private int schemeEnd() {
        byte[] bytes = fields.bytes;
        for (String scheme : ABSOLUTE) {
            int end = targetStart + scheme.length();
            if (end <= targetEnd && Octets.equalsIgnoreCase(bytes, targetStart, end, scheme)) {
                return end;
            }
        }
        return NONE;
    }

    private static final String[] ABSOLUTE = {"http://", "https://"};

    @Override
    Malformed finish() {
        Malformed malformed = rules.judge(fields, minorVersion);
        if (malformed != null) {
            return malformed;
        }
        framing = rules.framing(Framing.NONE);
        malformed = connectionFields();
        return malformed != null ? malformed : readTarget();
    }

    /// Host, Connection, Expect and Upgrade: what concerns this hop. A name's length tells most lines apart.
    private Malformed connectionFields() {
        int host = NONE;
        boolean connection = false;
        expectsContinue = false;
        upgrade = false;
        for (int i = 0; i < fields.size(); i++) {
            switch (fields.nameLength(i)) {
                case 4 -> {
                    if (fields.hasName(i, "host")) {
                        if (host != NONE) {
                            return TWO_HOSTS;
                        }
                        host = i;
                    }
                }
                case 6 -> {
                    if (fields.hasName(i, "expect") && minorVersion > 0) {
                        if (!Octets.equalsIgnoreCase(fields.bytes, fields.valueStart(i), fields.valueEnd(i), "100-continue")) {
                            return EXPECTATION;
                        }
                        expectsContinue = true;
                    }
                }
                case 7 -> upgrade |= fields.hasName(i, "upgrade");
                case 10 -> connection |= fields.hasName(i, "connection");
                default -> {
                }
            }
        }
        keepAlive = minorVersion > 0
                ? !connection || !fields.listHas("connection", "close")
                : connection && fields.listHas("connection", "keep-alive") && !fields.listHas("connection", "close");
        return readHost(host);
    }

    private Malformed readHost(int line) {
        if (line == NONE) {
            authority.read(fields.bytes, 0, 0);
            return minorVersion > 0 ? NO_HOST : null;
        }
        return authority.read(fields.bytes, fields.valueStart(line), fields.valueEnd(line)) ? null : HOST;
    }

    private Malformed readTarget() {
        byte[] bytes = fields.bytes;
        int pathStart = targetStart;
        if (bytes[targetStart] != '/' && bytes[targetStart] != '*') {
            int authorityStart = schemeEnd();
            pathStart = authorityStart;
            while (pathStart < targetEnd && bytes[pathStart] != '/' && bytes[pathStart] != '?') {
                pathStart++;
            }
            // RFC 9112 section 3.2.2: the target's authority wins over the Host field.
            if (pathStart == authorityStart || !authority.read(bytes, authorityStart, pathStart)) {
                return HOST;
            }
        }
        int question = pathStart;
        while (question < targetEnd && bytes[question] != '?') {
            question++;
        }
        path = question > pathStart ? text(pathStart, question) : emptyPath();
        query = question < targetEnd ? text(question + 1, targetEnd) : null;
        return null;
    }

    private String text(int from, int to) {
        return spellings == null ? fields.text(from, to) : spellings.of(fields, from, to);
    }

    /// RFC 9112 section 3.2.4: `OPTIONS http://host` asks about the server as a whole.
    private String emptyPath() {
        return method.equals("OPTIONS") ? "*" : "/";
    }

    @Override
    Malformed startLineTooLong() {
        return new Malformed(414, "http1:target-too-long",
                "the request target is longer than " + limits.targetBytes() + " bytes");
    }

    @Override
    int maxStartLineBytes() {
        return MAX_METHOD_BYTES + 1 + limits.targetBytes() + 1 + VERSION_BYTES + 2;
    }

    /// RFC 9112 section 2.2: at least one; old clients send it after a POST body.
    @Override
    int maxLeadingEmptyLines() {
        return 2;
    }

    @Override
    boolean stripsSpaceBeforeColon() {
        return false;
    }

    /// A shared string for the usual methods.
    private static String methodName(byte[] bytes, int from, int to) {
        for (String known : METHODS) {
            if (Octets.equal(bytes, from, to, known)) {
                return known;
            }
        }
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static final String[] METHODS = {"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT"};
}
