package io.shanhai.store.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Reads what [BackupWriter] wrote, and refuses the file at the first byte that is not as it was written.
/// Only the end says that a file is whole: until [#records] returns, nothing of it may be used.
public final class BackupReader {

    private static final int MAX_FACTS_BYTES = 64 * 1024; // a page of text
    private static final int MAX_BLOCK_BYTES = 1 << 30; // a record is at most as large as a transaction

    private final InputStream in;
    private final CRC32C total = new CRC32C();
    private final Map<String, String> facts;
    private long offset;

    /// Takes one record, a slice of a block: valid during the call.
    public interface Record {
        void take(ByteBuffer bytes) throws IOException;
    }

    /// The file is no backup, or not as it was written; the message says where.
    public static final class DamagedException extends IOException {

        private static final long serialVersionUID = 1L;

        DamagedException(String message) {
            super(message);
        }
    }

    /// @param in not closed here; buffered by the caller
    public BackupReader(InputStream in) throws IOException {
        this.in = in;
        this.facts = readFacts();
    }

    /// What the file says about itself.
    public Map<String, String> facts() {
        return facts;
    }

    /// A fact that is a number.
    ///
    /// @throws DamagedException when there is none
    public long number(String fact) throws DamagedException {
        String text = facts.getOrDefault(fact, "");
        if (!text.matches("\\d{1,18}")) {
            throw new DamagedException("its head says \"" + fact + ": " + text + "\" (expected: a number)");
        }
        return Long.parseLong(text);
    }

    /// Bytes read so far.
    public long offset() {
        return offset;
    }

    private Map<String, String> readFacts() throws IOException {
        Map<String, String> read = new LinkedHashMap<>();
        if (!line(BackupWriter.FIRST_LINE.length()).equals(BackupWriter.FIRST_LINE.strip())) {
            throw new DamagedException("it does not begin with \"" + BackupWriter.FIRST_LINE.strip()
                    + "\": it is no backup of this program, or of a version that knows another format");
        }
        for (String line = line(MAX_FACTS_BYTES); !line.isEmpty(); line = line(MAX_FACTS_BYTES)) {
            int colon = line.indexOf(": ");
            if (colon < 0 || offset > MAX_FACTS_BYTES) {
                throw new DamagedException("its head is damaged before byte " + offset);
            }
            read.put(line.substring(0, colon), line.substring(colon + 2));
        }
        int expected = (int) total.getValue();
        if (exactly(Integer.BYTES).getInt() != expected) {
            throw new DamagedException("its head is damaged before byte " + offset);
        }
        return read;
    }

    private String line(int most) throws IOException {
        ByteBuffer line = ByteBuffer.allocate(most);
        while (line.hasRemaining()) {
            byte next = exactly(1).get();
            if (next == '\n') {
                break;
            }
            line.put(next);
        }
        return StandardCharsets.UTF_8.decode(line.flip()).toString();
    }

    /// Hands over all records, in the order they were written. Once.
    ///
    /// @return how many
    /// @throws DamagedException when the file is damaged, cut, or goes on behind its end
    public long records(Record sink) throws IOException {
        long count = 0;
        ByteBuffer block = block();
        while (block.hasRemaining()) {
            int length = block.getInt();
            sink.take(block.slice(block.position(), length));
            block.position(block.position() + length);
            count++;
            if (!block.hasRemaining()) {
                block = block();
            }
        }
        end(count);
        return count;
    }

    /// The next block's records; empty at the end.
    private ByteBuffer block() throws IOException {
        long at = offset;
        ByteBuffer header = exactly(BackupWriter.BLOCK_HEADER_BYTES);
        int plainLength = header.getInt();
        int packedLength = header.getInt();
        int checksum = header.getInt();
        if (plainLength < 0 || packedLength < 0 || plainLength > MAX_BLOCK_BYTES || packedLength > MAX_BLOCK_BYTES) {
            throw damaged(at);
        }
        ByteBuffer packed = exactly(packedLength);
        if (BackupWriter.blockChecksum(plainLength, packedLength, packed.duplicate()) != checksum) {
            throw damaged(at);
        }
        return plainLength == 0 ? ByteBuffer.allocate(0) : unpacked(packed, plainLength, at);
    }

    private static ByteBuffer unpacked(ByteBuffer packed, int plainLength, long at) throws DamagedException {
        Inflater inflater = new Inflater();
        try {
            ByteBuffer plain = ByteBuffer.allocate(plainLength);
            inflater.setInput(packed);
            if (inflater.inflate(plain) != plainLength) {
                throw damaged(at);
            }
            return plain.flip();
        } catch (DataFormatException _) {
            throw damaged(at);
        } finally {
            inflater.end();
        }
    }

    private void end(long count) throws IOException {
        long at = offset;
        boolean isCount = exactly(Long.BYTES).getLong() == count;
        int expected = (int) total.getValue();
        if (exactly(Integer.BYTES).getInt() != expected || !isCount) {
            throw damaged(at);
        }
        if (in.read() >= 0) {
            throw new DamagedException("it goes on behind its end at byte " + offset);
        }
    }

    private static DamagedException damaged(long at) {
        return new DamagedException("it is damaged in the block at byte " + at);
    }

    private ByteBuffer exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        offset += bytes.length;
        if (bytes.length < length) {
            throw new DamagedException("it ends at byte " + offset + ", in the middle");
        }
        total.update(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
