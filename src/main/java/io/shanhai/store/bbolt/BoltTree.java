package io.shanhai.store.bbolt;

import io.shanhai.store.bbolt.BoltFile.PageWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One B+tree, built bottom-up from ascending keys: a page that is full is written, and its first key and number go into
/// the page above it.
final class BoltTree {

    private static final byte[] NOTHING = {};

    private final PageWriter out;
    private final int elementFlags;
    /// The open page of each level, the leaf first.
    private final List<BoltPage> open = new ArrayList<>();
    private byte[] last = NOTHING;

    BoltTree(PageWriter out, int elementFlags) {
        this.out = out;
        this.elementFlags = elementFlags;
        open.add(BoltPage.leaf(elementFlags));
    }

    void put(byte[] key, byte[] value) throws IOException {
        if (Arrays.compareUnsigned(last, key) >= 0) {
            throw new IllegalArgumentException(
                    "key: " + Arrays.toString(key) + " (expected: after " + Arrays.toString(last) + ")");
        }
        last = key;
        add(0, key, value, 0);
    }

    private void add(int level, byte[] key, byte[] value, long child) throws IOException {
        if (level == open.size()) {
            open.add(BoltPage.branch());
        }
        if (!open.get(level).takes(key, value)) {
            close(level);
            open.set(level, level == 0 ? BoltPage.leaf(elementFlags) : BoltPage.branch());
        }
        open.get(level).add(key, value, child);
    }

    /// Writes the open page of a level and tells the level above.
    private void close(int level) throws IOException {
        BoltPage page = open.get(level);
        long number = write(page);
        add(level + 1, page.firstKey(), NOTHING, number);
    }

    private long write(BoltPage page) throws IOException {
        long number = out.next();
        out.write(page.encode(number));
        return number;
    }

    /// @return number of the root page
    long finish() throws IOException {
        for (int level = 0; level < open.size() - 1; level++) {
            close(level);
        }
        return write(open.getLast());
    }
}
