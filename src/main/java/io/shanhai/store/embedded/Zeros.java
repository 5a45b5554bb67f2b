package io.shanhai.store.embedded;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/// Finds the end of what was written in a preallocated file. Most of a log segment is zeros, and it is read at a start,
/// when nothing is compiled yet: a loop over 8 MiB takes 30 ms then. Checksums are computed by native code from the first
/// call on; two of them agree with those of zeros by chance once in 2^64 chunks.
final class Zeros {

    private static final int CHUNK_BYTES = 64 * 1024;

    private Zeros() {}

    /// @return the index of the last byte at or after `from` that is not zero; `from - 1` when there is none
    static int lastNonZero(ByteBuffer bytes, int from) {
        long zeros = checksums(ByteBuffer.allocate(CHUNK_BYTES));
        int end = bytes.limit();
        while (end - CHUNK_BYTES >= from && checksums(bytes.slice(end - CHUNK_BYTES, CHUNK_BYTES)) == zeros) {
            end -= CHUNK_BYTES;
        }
        int at = end - 1;
        while (at >= from && bytes.get(at) == 0) {
            at--;
        }
        return at;
    }

    private static long checksums(ByteBuffer chunk) {
        CRC32 crc = new CRC32();
        crc.update(chunk.duplicate());
        CRC32C castagnoli = new CRC32C();
        castagnoli.update(chunk);
        return crc.getValue() << Integer.SIZE | castagnoli.getValue();
    }
}
