package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// A checksum of what a store says about its keys up to a revision, whatever its files look like. Over each version that
/// began by then and did not end before the last compaction, by key, then by revision:
/// ```
/// keyLength(4) key valueLength(4) value createRevision(8) modRevision(8) version(8) lease(8) endRevision(8)
/// ```
/// all big-endian, endRevision 0 when it had not ended by then. It is not etcd's HashKV, whose input has the position of a
/// write within its transaction, which is not kept here beyond a compaction.
final class HistoryHash {

    private static final int NUMBERS_BYTES = 5 * Long.BYTES;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
    private final ByteBuffer numbers = ByteBuffer.allocate(NUMBERS_BYTES);

    private HistoryHash() {}

    static int of(View view, long revision) {
        HistoryHash hash = new HistoryHash();
        Versions versions = new Versions(view);
        while (versions.next()) {
            if (versions.version().modRevision() <= revision) {
                hash.add(versions.key(), versions.version(), revision);
            }
        }
        return (int) hash.crc.getValue();
    }

    private void add(Bytes key, Cell.Version version, long revision) {
        add(key);
        add(version.value());
        numbers.clear();
        numbers.putLong(version.createRevision()).putLong(version.modRevision()).putLong(version.version())
                .putLong(version.lease()).putLong(version.endRevision() > revision ? 0 : version.endRevision());
        crc.update(numbers.flip());
    }

    private void add(Bytes bytes) {
        crc.update(length.clear().putInt(bytes.length()).flip());
        crc.update(bytes.array());
    }
}
