package io.shanhai.store.bbolt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// A leaf or branch page that is being filled. Numbers are little-endian:
/// ```
/// header, 16 bytes: number(8) flags(2) elements(2) overflow(4): how many more pages belong to it
/// leaf element:     flags(4) position(4) keyBytes(4) valueBytes(4)
/// branch element:   position(4) keyBytes(4) childPage(8)
/// then the keys and values; a position counts from the start of its element
/// ```
final class BoltPage {

    static final int BYTES = 4096;

    static final int BRANCH = 0x01;
    static final int LEAF = 0x02;
    static final int META = 0x04;
    static final int FREE_LIST = 0x10;

    /// Flags of a leaf element.
    static final int PLAIN = 0x00;
    static final int BUCKET = 0x01;

    private static final int HEADER_BYTES = 16;
    private static final int ELEMENT_BYTES = 16; // of both kinds

    private final int kind;
    private final int elementFlags;
    private final List<Element> elements = new ArrayList<>();
    private long bytes = HEADER_BYTES;

    /// @param value empty in a branch
    /// @param child 0 in a leaf
    private record Element(byte[] key, byte[] value, long child) {}

    private BoltPage(int kind, int elementFlags) {
        this.kind = kind;
        this.elementFlags = elementFlags;
    }

    static BoltPage leaf(int elementFlags) {
        return new BoltPage(LEAF, elementFlags);
    }

    static BoltPage branch() {
        return new BoltPage(BRANCH, PLAIN);
    }

    /// True when an element of this size goes into the page. One that is larger than a page gets a page of its own size.
    boolean takes(byte[] key, byte[] value) {
        return elements.isEmpty() || bytes + ELEMENT_BYTES + key.length + value.length <= BYTES;
    }

    void add(byte[] key, byte[] value, long child) {
        elements.add(new Element(key, value, child));
        bytes += ELEMENT_BYTES + key.length + (long) value.length;
    }

    byte[] firstKey() {
        return elements.getFirst().key();
    }

    ByteBuffer encode(long number) {
        int pages = (int) Math.ceilDiv(bytes, (long) BYTES);
        ByteBuffer out = littleEndian(pages * BYTES);
        header(out, number, kind, elements.size(), pages - 1);
        int at = HEADER_BYTES + elements.size() * ELEMENT_BYTES;
        for (Element element : elements) {
            int position = at - out.position();
            if (kind == LEAF) {
                out.putInt(elementFlags).putInt(position).putInt(element.key().length).putInt(element.value().length);
            } else {
                out.putInt(position).putInt(element.key().length).putLong(element.child());
            }
            out.put(at, element.key());
            at += element.key().length;
            out.put(at, element.value());
            at += element.value().length;
        }
        return out.clear();
    }

    static void header(ByteBuffer out, long number, int kind, int elements, int overflow) {
        out.putLong(number).putShort((short) kind).putShort((short) elements).putInt(overflow);
    }

    static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
