package io.shanhai.gateway.http1;

/// Strings of byte ranges that come again: the paths and queries of a loop's requests. A known range costs a comparison
/// instead of a string. Bounded: a newcomer takes the place of whoever has its slot. Confined to one thread.
public final class Spellings {

    private static final int SLOTS = 1024;
    private static final int MAX_BYTES = 128; // longer ones seldom come again, and would make this large: 128 KiB at most

    private final String[] known = new String[SLOTS];

    /// The text of bytes `from..to`, ISO-8859-1.
    String of(Fields fields, int from, int to) {
        if (to - from > MAX_BYTES) {
            return fields.text(from, to);
        }
        byte[] bytes = fields.bytes;
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
        String there = known[slot];
        if (there == null || !Octets.equal(bytes, from, to, there)) {
            there = fields.text(from, to);
            known[slot] = there;
        }
        return there;
    }
}
