package io.shanhai.gateway.http1;

import io.shanhai.gateway.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiConsumer;

/// The field lines of one head, in order, over one private copy of its bytes. Strings are made when asked for; whoever
/// only compares or copies asks for bytes by position instead. Values are ISO-8859-1, so that what is passed on is what
/// came.
///
/// Reused from head to head by the parser that owns it: valid until that parser's `reset()`.
public final class Fields implements RequestHeaders {

    /*
     * `spans` holds four numbers a line: where name and value begin and end in `bytes`. The copy costs less than it
     * saves: parsing an array is faster than reading a direct buffer byte by byte, and the socket's buffer is free for
     * the body while the exchange still reads its headers.
     */
    private static final int INITIAL_BYTES = 1024; // a browser's head is 500 to 1000
    private static final int KEPT_BYTES = 4096; // what one large head made us allocate is not kept for ever
    private static final int INITIAL_LINES = 32;

    byte[] bytes = new byte[INITIAL_BYTES];
    private int[] spans = new int[4 * INITIAL_LINES];
    private int lines;
    /// Bit n is set when some name is n bytes long (modulo 64): most questions are for fields that are not there.
    private long lengths;

    Fields() {}

    /// Lines, not distinct names.
    public int size() {
        return lines;
    }

    /// The name of line `i` as received.
    public String name(int i) {
        return text(spans[4 * i], spans[4 * i + 1]);
    }

    /// The value of line `i` without surrounding white space.
    public String value(int i) {
        return text(spans[4 * i + 2], spans[4 * i + 3]);
    }

    /// @param lower the name to compare with, lower case
    public boolean hasName(int i, String lower) {
        return Octets.equalsIgnoreCase(bytes, spans[4 * i], spans[4 * i + 1], lower);
    }

    /// Bytes in the name of line `i`.
    public int nameLength(int i) {
        return spans[4 * i + 1] - spans[4 * i];
    }

    /// The bytes all positions refer to. Not a copy: do not write.
    public byte[] bytes() {
        return bytes;
    }

    public int nameStart(int i) {
        return spans[4 * i];
    }

    public int nameEnd(int i) {
        return spans[4 * i + 1];
    }

    public int valueStart(int i) {
        return spans[4 * i + 2];
    }

    public int valueEnd(int i) {
        return spans[4 * i + 3];
    }

    @Override
    public String first(String name) {
        int i = indexOf(name, 0);
        return i < 0 ? null : value(i);
    }

    @Override
    public int count(String name) {
        int count = 0;
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            count++;
        }
        return count;
    }

    /// Without making a string: routes ask this of every request.
    @Override
    public boolean has(String name, String value) {
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            if (isValue(i, value)) {
                return true;
            }
        }
        return false;
    }

    private boolean isValue(int i, String value) {
        int start = valueStart(i);
        if (valueEnd(i) - start != value.length()) {
            return false;
        }
        for (int k = 0; k < value.length(); k++) {
            if ((bytes[start + k] & 0xff) != value.charAt(k)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String joined(String name) {
        int i = indexOf(name, 0);
        if (i < 0) {
            return null;
        }
        int next = indexOf(name, i + 1);
        if (next < 0) {
            return value(i);
        }
        StringBuilder all = new StringBuilder(value(i));
        for (; next >= 0; next = indexOf(name, next + 1)) {
            all.append(", ").append(value(next));
        }
        return all.toString();
    }

    @Override
    public void forEach(BiConsumer<String, String> consumer) {
        for (int i = 0; i < lines; i++) {
            consumer.accept(name(i), value(i));
        }
    }

    /// The first line from `from` on with this name, -1 when there is none.
    ///
    /// @param lower lower case
    public int indexOf(String lower, int from) {
        int length = lower.length();
        if ((lengths & 1L << length) == 0) {
            return -1;
        }
        for (int i = from; i < lines; i++) {
            int start = spans[4 * i];
            if (spans[4 * i + 1] - start == length && Octets.equalsIgnoreCase(bytes, start, start + length, lower)) {
                return i;
            }
        }
        return -1;
    }

    /// True when the comma-separated list in the lines of `name` has this member, without regard to case.
    ///
    /// @param name lower case
    /// @param member lower case
    public boolean listHas(String name, String member) {
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
            int from = valueStart(i);
            int end = valueEnd(i);
            while (from < end) {
                int comma = memberEnd(from, end);
                int first = skipSpace(from, comma);
                if (Octets.equalsIgnoreCase(bytes, first, trimEnd(first, comma), member)) {
                    return true;
                }
                from = comma + 1;
            }
        }
        return false;
    }

    /// Position of the next comma in `from..end`, or `end`.
    int memberEnd(int from, int end) {
        int i = from;
        while (i < end && bytes[i] != ',') {
            i++;
        }
        return i;
    }

    int skipSpace(int from, int end) {
        int i = from;
        while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        return i;
    }

    int trimEnd(int from, int end) {
        int i = end;
        while (i > from && (bytes[i - 1] == ' ' || bytes[i - 1] == '\t')) {
            i--;
        }
        return i;
    }

    /// Text of a range; field bytes are ISO-8859-1.
    String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    void add(int nameStart, int nameEnd, int valueStart, int valueEnd) {
        int at = 4 * lines++;
        if (at == spans.length) {
            spans = Arrays.copyOf(spans, 2 * at);
        }
        lengths |= 1L << (nameEnd - nameStart); // shifts use the low six bits
        spans[at] = nameStart;
        spans[at + 1] = nameEnd;
        spans[at + 2] = valueStart;
        spans[at + 3] = valueEnd;
    }

    void ensureBytes(int capacity) {
        if (bytes.length < capacity) {
            bytes = Arrays.copyOf(bytes, Math.max(capacity, 2 * bytes.length));
        }
    }

    void clear() {
        lines = 0;
        lengths = 0;
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[INITIAL_BYTES];
        }
        if (spans.length > 16 * INITIAL_LINES) {
            spans = new int[4 * INITIAL_LINES];
        }
    }
}
