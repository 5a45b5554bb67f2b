package io.shanhai.gateway;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Reads HTTP/1.1 messages for tests, independently of the grammar under test.
final class WireReader {

    private WireReader() {}

    /// Start line and field lines; null when the connection ended before a byte.
    static List<String> head(InputStream in) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
            lines.add(line);
        }
        return lines.isEmpty() ? null : lines;
    }

    /// Without CR LF; null at the end of the stream.
    static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                if (line.size() == 0) {
                    return null;
                }
                throw new EOFException("within the line " + line);
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /// Every value of a field, in order.
    static List<String> values(List<String> head, String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return head.stream().skip(1).filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip()).toList();
    }

    static String value(List<String> head, String name) {
        List<String> values = values(head, name);
        return values.isEmpty() ? null : values.getFirst();
    }

    /// Reads a chunked body to the end of its trailers.
    static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (;;) {
            String size = line(in);
            if (size == null) {
                throw new EOFException("before the last chunk, after " + body.size() + " bytes");
            }
            int length = Integer.parseInt(size.split(";")[0], 16);
            if (length == 0) {
                head(in);
                return body.toByteArray();
            }
            body.write(exactly(in, length));
            String end = line(in);
            if (end == null || !end.isEmpty()) {
                throw new IOException("no line end after a chunk: " + end);
            }
        }
    }

    static byte[] exactly(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }
}
