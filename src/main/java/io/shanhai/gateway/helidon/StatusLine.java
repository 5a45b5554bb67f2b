package io.shanhai.gateway.helidon;

import java.nio.charset.StandardCharsets;

/// HTTP/1.1 status lines with the reason phrases of RFC 9110 section 15, made once.
final class StatusLine {

    private static final int LOWEST = 100;
    private static final byte[][] LINES = new byte[500][];

    static {
        String[] phrases = {"200 OK", "201 Created", "202 Accepted", "203 Non-Authoritative Information", "204 No Content",
                "205 Reset Content", "206 Partial Content", "300 Multiple Choices", "301 Moved Permanently", "302 Found",
                "303 See Other", "304 Not Modified", "307 Temporary Redirect", "308 Permanent Redirect", "400 Bad Request",
                "401 Unauthorized", "402 Payment Required", "403 Forbidden", "404 Not Found", "405 Method Not Allowed",
                "406 Not Acceptable", "407 Proxy Authentication Required", "408 Request Timeout", "409 Conflict", "410 Gone",
                "411 Length Required", "412 Precondition Failed", "413 Content Too Large", "414 URI Too Long",
                "415 Unsupported Media Type", "416 Range Not Satisfiable", "417 Expectation Failed",
                "421 Misdirected Request", "422 Unprocessable Content", "425 Too Early", "426 Upgrade Required",
                "428 Precondition Required", "429 Too Many Requests", "431 Request Header Fields Too Large",
                "500 Internal Server Error", "501 Not Implemented", "502 Bad Gateway", "503 Service Unavailable",
                "504 Gateway Timeout", "505 HTTP Version Not Supported"};
        for (String phrase : phrases) {
            int status = Integer.parseInt(phrase, 0, 3, 10);
            LINES[status - LOWEST] = line(phrase);
        }
    }

    private StatusLine() {}

    /// @param status 100..599
    /// @param phrase for a status without a registered phrase
    static byte[] of(int status, String phrase) {
        byte[] line = LINES[status - LOWEST];
        return line == null ? line(status + " " + phrase) : line;
    }

    private static byte[] line(String statusAndPhrase) {
        return ("HTTP/1.1 " + statusAndPhrase + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }
}
