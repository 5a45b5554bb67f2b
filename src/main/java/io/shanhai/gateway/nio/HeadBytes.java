package io.shanhai.gateway.nio;

import io.shanhai.gateway.Verdict.Answer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes the parts of response heads.
final class HeadBytes {

    static final byte[] CRLF = ascii("\r\n");
    static final byte[] CLOSE = ascii("connection: close\r\n");
    static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
    static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n");
    static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");
    static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    static final int CHUNK_SIZE_BYTES = 10; // eight hex digits and the line's end
    private static final byte[] CONTENT_LENGTH = ascii("content-length: ");
    private static final int MAX_STATUS = 600;
    private static final byte[][] STATUS_LINES = new byte[MAX_STATUS][];
    private static final int MAX_LONG_DIGITS = 20;

    private HeadBytes() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The status line with our words for it: a reason phrase carries no meaning (RFC 9112 section 4).
    ///
    /// @param status 100..599
    static byte[] statusLine(int status) {
        byte[] line = STATUS_LINES[status];
        if (line == null) {
            // Loops may race here: each builds the same bytes, whichever is kept is right.
            line = ascii("HTTP/1.1 " + status + ' ' + phrase(status) + "\r\n");
            STATUS_LINES[status] = line;
        }
        return line;
    }

    /// `content-length: n` with its line end.
    static void contentLength(ByteBuffer out, long length) {
        out.put(CONTENT_LENGTH);
        decimal(out, length);
        out.put(CRLF);
    }

    /// A chunk's size line.
    static void chunkSize(ByteBuffer out, int size) {
        for (int shift = 28 - Integer.numberOfLeadingZeros(size | 1) / 4 * 4; shift >= 0; shift -= 4) {
            out.put((byte) Character.forDigit(size >>> shift & 15, 16));
        }
        out.put(CRLF);
    }

    static void text(ByteBuffer out, String text) {
        for (int i = 0; i < text.length(); i++) {
            out.put((byte) text.charAt(i));
        }
    }

    /// Status line and fields of an answer up to, but without, the Connection field and the empty line.
    static byte[] of(Answer answer) {
        StringBuilder head = new StringBuilder(256);
        List<String> headers = answer.headers();
        for (int i = 0; i < headers.size(); i += 2) {
            head.append(headers.get(i)).append(": ").append(headers.get(i + 1)).append("\r\n");
        }
        // RFC 9110 section 8.6: never in a 204; in a 304 it would speak of another representation.
        if (answer.status() != 204 && answer.status() != 304) {
            head.append("content-length: ").append(answer.body().length).append("\r\n");
        }
        byte[] line = statusLine(answer.status());
        byte[] fields = ascii(head.toString());
        byte[] all = new byte[line.length + fields.length];
        System.arraycopy(line, 0, all, 0, line.length);
        System.arraycopy(fields, 0, all, line.length, fields.length);
        return all;
    }

    private static void decimal(ByteBuffer out, long number) {
        int digits = 1;
        long power = 1;
        while (digits < MAX_LONG_DIGITS - 1 && number / power >= 10) {
            power *= 10;
            digits++;
        }
        for (long rest = number; power > 0; power /= 10) {
            out.put((byte) ('0' + rest / power));
            rest %= power;
        }
    }

    private static String phrase(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 201 -> "Created";
            case 202 -> "Accepted";
            case 204 -> "No Content";
            case 206 -> "Partial Content";
            case 301 -> "Moved Permanently";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 304 -> "Not Modified";
            case 307 -> "Temporary Redirect";
            case 308 -> "Permanent Redirect";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 409 -> "Conflict";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 417 -> "Expectation Failed";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            default -> "Status";
        };
    }
}
