package io.shanhai.store.embedded;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/// The bytes of a log segment, format 1, all numbers big-endian:
/// ```
/// header, 64 bytes:  magic(8) format(4) crc32c(4) sequence(8) firstIndex(8) revision(8) salt(8) zeros(16)
/// frame:             length(4) crc32c(4) index(8) revision(8) payload(length) zeros up to a multiple of 8
/// after the last:    zeros (the segment is preallocated)
/// ```
/// A frame is one group commit, written and synced as a whole: so a frame that is not intact is either the very last one
/// (never acknowledged: cut it) or was damaged after its sync (later frames exist: stop). Indexes count up by one over all
/// segments. The salt is random per segment and part of each frame's checksum: bytes of a client's value, or of a file
/// that had the blocks before, cannot pass for a frame.
final class LogFormat {

    static final int HEADER_BYTES = 64;
    static final int FRAME_HEADER_BYTES = 24;
    static final int ALIGNMENT = 8;
    static final String SUFFIX = ".log";

    private static final long MAGIC = 0x5348_414e_4c4f_470aL; // "SHANLOG\n"
    private static final int FORMAT = 1;
    private static final int HEADER_CRC_AT = 12;
    private static final int FRAME_CRC_AT = 4;

    private LogFormat() {}

    /// @param firstIndex index of the first frame
    /// @param revision the store's revision before the first frame
    record Header(long sequence, long firstIndex, long revision, long salt) {

        Path in(Path folder) {
            return folder.resolve(HexFormat.of().toHexDigits(sequence) + SUFFIX);
        }

        ByteBuffer encode() {
            ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES);
            bytes.putLong(MAGIC).putInt(FORMAT).putInt(0);
            bytes.putLong(sequence).putLong(firstIndex).putLong(revision).putLong(salt);
            bytes.putInt(HEADER_CRC_AT, headerChecksum(bytes));
            return bytes.clear();
        }
    }

    /// An intact frame at its place in a segment.
    ///
    /// @param length of the payload
    record Frame(int offset, int length, long index, long revision) {

        int payloadOffset() {
            return offset + FRAME_HEADER_BYTES;
        }

        int end() {
            return offset + frameBytes(length);
        }
    }

    /// Sequence number in a segment's name; empty for another file.
    static Optional<Long> sequence(Path path) {
        String name = path.getFileName().toString();
        if (!name.matches("[0-9a-f]{16}\\.log")) {
            return Optional.empty();
        }
        return Optional.of(Long.parseUnsignedLong(name.substring(0, 16), 16));
    }

    /// Empty when the bytes are no header of this format.
    static Optional<Header> header(ByteBuffer segment) {
        if (segment.limit() < HEADER_BYTES || segment.getLong(0) != MAGIC || segment.getInt(8) != FORMAT
                || segment.getInt(HEADER_CRC_AT) != headerChecksum(segment)) {
            return Optional.empty();
        }
        return Optional
                .of(new Header(segment.getLong(16), segment.getLong(24), segment.getLong(32), segment.getLong(40)));
    }

    /// True when it is a segment of a format that another version of this program wrote.
    static boolean isOtherFormat(ByteBuffer segment) {
        return segment.limit() >= HEADER_BYTES && segment.getLong(0) == MAGIC && segment.getInt(8) != FORMAT;
    }

    /// The frame at `offset`, or null when there is none that is intact.
    static Frame frame(ByteBuffer segment, int offset, long salt) {
        if (offset + FRAME_HEADER_BYTES > segment.limit()) {
            return null;
        }
        int length = segment.getInt(offset);
        if (length <= 0 || length > segment.limit() - offset - FRAME_HEADER_BYTES) {
            return null;
        }
        if (segment.getInt(offset + FRAME_CRC_AT) != checksum(segment, offset, length, salt)) {
            return null;
        }
        return new Frame(offset, length, segment.getLong(offset + 8), segment.getLong(offset + 16));
    }

    /// Completes the frame whose payload lies in `frame` from [#FRAME_HEADER_BYTES] to its position, and flips it.
    static void seal(ByteBuffer frame, long index, long revision, long salt) {
        int length = frame.position() - FRAME_HEADER_BYTES;
        while (frame.position() < frameBytes(length)) {
            frame.put((byte) 0);
        }
        frame.flip();
        frame.putInt(0, length).putLong(8, index).putLong(16, revision);
        frame.putInt(FRAME_CRC_AT, checksum(frame, 0, length, salt));
    }

    /// A frame's size in the file.
    static int frameBytes(int payloadLength) {
        return FRAME_HEADER_BYTES + Math.ceilDiv(payloadLength, ALIGNMENT) * ALIGNMENT;
    }

    private static int checksum(ByteBuffer bytes, int offset, int length, long salt) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES).order(ByteOrder.BIG_ENDIAN).putLong(salt)
                .putInt(length).flip());
        int afterCrc = FRAME_CRC_AT + Integer.BYTES;
        crc.update(bytes.slice(offset + afterCrc, FRAME_HEADER_BYTES - afterCrc + length));
        return (int) crc.getValue();
    }

    private static int headerChecksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, HEADER_CRC_AT));
        int afterCrc = HEADER_CRC_AT + Integer.BYTES;
        crc.update(bytes.slice(afterCrc, HEADER_BYTES - afterCrc));
        return (int) crc.getValue();
    }
}
