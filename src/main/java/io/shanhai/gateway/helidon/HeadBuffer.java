package io.shanhai.gateway.helidon;

import io.shanhai.gateway.http1.Fields;
import java.util.Arrays;

/// Bytes on their way to the client: a response head, then pieces of its body. Grows for a head, never for a body.
final class HeadBuffer {

    /// A usual response in one write; a bulk body in pieces the size of one upstream read.
    private static final int INITIAL_BYTES = 16 * 1024;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int size;

    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    int room() {
        return bytes.length - size;
    }

    void clear() {
        size = 0;
    }

    /// Bytes were written to [#bytes()] from [#size()] on.
    void advance(int count) {
        size += count;
    }

    HeadBuffer put(byte[] source) {
        return put(source, 0, source.length);
    }

    HeadBuffer put(byte[] source, int from, int length) {
        ensure(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
        return this;
    }

    /// A field that the gateway makes. What cannot stand in a field line becomes `?`: nothing that reaches this place may
    /// end the line early.
    HeadBuffer field(String name, String value) {
        ensure(name.length() + value.length() + 4);
        text(name);
        bytes[size++] = ':';
        bytes[size++] = ' ';
        text(value);
        return endLine();
    }

    HeadBuffer field(String name, long value) {
        return field(name, Long.toString(value));
    }

    /// A field as it came from upstream.
    HeadBuffer field(Fields fields, int line) {
        int name = fields.nameStart(line);
        int value = fields.valueStart(line);
        put(fields.bytes(), name, fields.nameEnd(line) - name);
        ensure(2);
        bytes[size++] = ':';
        bytes[size++] = ' ';
        return put(fields.bytes(), value, fields.valueEnd(line) - value).endLine();
    }

    HeadBuffer endLine() {
        ensure(2);
        bytes[size++] = '\r';
        bytes[size++] = '\n';
        return this;
    }

    private void text(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes[size++] = c >= ' ' && c <= 0xff && c != 0x7f || c == '\t' ? (byte) c : (byte) '?';
        }
    }

    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
        }
    }
}
