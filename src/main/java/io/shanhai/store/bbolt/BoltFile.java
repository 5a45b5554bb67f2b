package io.shanhai.store.bbolt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/// A new bbolt file (format 2, as of bbolt 1.3), written once from sorted entries:
/// ```
/// page 0, 1   meta: magic version pageSize flags, root of the bucket of buckets, free list, pages, transaction, FNV-1a
/// page 2      free list: empty, there are no holes
/// page 3 …    the buckets' trees, each bottom-up, one after the other
/// last page   the bucket of buckets: name -> root page of its tree
/// ```
/// The pages of a tree are written as they fill, so memory is one page per level. The meta pages come last: until then the
/// file is no bbolt file.
///
/// Source: bbolt's `page.go`, `node.go`, `bucket.go`, `db.go`.
public final class BoltFile {

    private static final int MAGIC = 0xED0CDAED;
    private static final int VERSION = 2;
    private static final int FREE_LIST_PAGE = 2;
    private static final int FIRST_TREE_PAGE = 3;
    private static final int META_BYTES = 64; // its checksum, the last 8 of them, included
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final FileChannel file;
    private final PageWriter pages;
    /// Names to root pages. Go compares bytes, Java UTF-16 units: the same for the ASCII names there are.
    private final TreeMap<String, Long> buckets = new TreeMap<>();

    /// @param file empty; the caller closes it
    public BoltFile(FileChannel file) {
        this.file = file;
        this.pages = new PageWriter(file, FIRST_TREE_PAGE);
    }

    /// Entries in ascending order of their keys, which are unique and not empty.
    public interface Entries {
        void writeTo(Sink sink) throws IOException;
    }

    /// Takes one entry.
    public interface Sink {
        void put(byte[] key, byte[] value) throws IOException;
    }

    /// Writes a whole bucket.
    ///
    /// @param name ASCII, not there yet
    public void bucket(String name, Entries entries) throws IOException {
        BoltTree tree = new BoltTree(pages, BoltPage.PLAIN);
        entries.writeTo(tree::put);
        if (buckets.put(name, tree.finish()) != null) {
            throw new IllegalArgumentException("bucket: " + name + " (expected: one that is not there yet)");
        }
    }

    /// Makes it a bbolt file. It is not synced.
    public void finish() throws IOException {
        BoltTree root = new BoltTree(pages, BoltPage.BUCKET);
        for (var bucket : buckets.entrySet()) {
            ByteBuffer header = BoltPage.littleEndian(2 * Long.BYTES).putLong(bucket.getValue()).putLong(0); // no sequence
            root.put(bucket.getKey().getBytes(StandardCharsets.US_ASCII), header.array());
        }
        long rootPage = root.finish();
        pages.flush();
        ByteBuffer head = BoltPage.littleEndian(FIRST_TREE_PAGE * BoltPage.BYTES);
        meta(head, 0, rootPage);
        meta(head, 1, rootPage);
        head.position(FREE_LIST_PAGE * BoltPage.BYTES);
        BoltPage.header(head, FREE_LIST_PAGE, BoltPage.FREE_LIST, 0, 0);
        head.clear();
        while (head.hasRemaining()) {
            file.write(head, head.position());
        }
    }

    /// bbolt takes the valid meta page with the newer transaction; ours say the same.
    private void meta(ByteBuffer head, int page, long rootPage) {
        head.position(page * BoltPage.BYTES);
        BoltPage.header(head, page, BoltPage.META, 0, 0);
        int start = head.position();
        head.putInt(MAGIC).putInt(VERSION).putInt(BoltPage.BYTES).putInt(0);
        head.putLong(rootPage).putLong(0);
        head.putLong(FREE_LIST_PAGE).putLong(pages.next()).putLong(page);
        head.putLong(checksum(head.slice(start, META_BYTES - Long.BYTES)));
    }

    private static long checksum(ByteBuffer bytes) {
        long hash = FNV_OFFSET;
        while (bytes.hasRemaining()) {
            hash = (hash ^ bytes.get() & 0xff) * FNV_PRIME;
        }
        return hash;
    }

    /// Writes pages one after the other and numbers them.
    static final class PageWriter {

        private static final int BUFFER_BYTES = 256 * 1024; // a write of this size costs no more per page than larger ones

        private final FileChannel file;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private long position;
        private long next;

        PageWriter(FileChannel file, long firstPage) {
            this.file = file;
            this.next = firstPage;
            this.position = firstPage * BoltPage.BYTES;
        }

        /// Number of the page that is written next.
        long next() {
            return next;
        }

        /// @param page a multiple of the page size
        void write(ByteBuffer page) throws IOException {
            next += page.remaining() / BoltPage.BYTES;
            if (page.remaining() > buffer.remaining()) {
                flush();
            }
            if (page.remaining() > buffer.remaining()) {
                drain(page);
            } else {
                buffer.put(page);
            }
        }

        void flush() throws IOException {
            drain(buffer.flip());
            buffer.clear();
        }

        private void drain(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                position += file.write(bytes, position);
            }
        }
    }
}
