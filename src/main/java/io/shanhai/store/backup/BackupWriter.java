package io.shanhai.store.backup;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;

/// Writes a backup file, format 1; numbers are big-endian:
/// ```
/// "SHANHAI-BACKUP 1\n" name: value\n … \n           for people too: `head FILE` shows it
/// headerCrc(4)                                      CRC-32C of all before it
/// block: plainBytes(4) packedBytes(4) crc(4) packed deflated; crc of the three before it and of packed
/// end:   0(4) 0(4) crc(4) records(8) fileCrc(4)     fileCrc of all before it
/// ```
/// A block holds records: length(4) bytes, repeated. What is cut, damaged or not finished is not a backup.
public final class BackupWriter {

    static final String FIRST_LINE = "SHANHAI-BACKUP 1\n";
    static final int BLOCK_BYTES = 256 * 1024; // deflate gains nothing from more; a reader needs two of them
    static final int BLOCK_HEADER_BYTES = 3 * Integer.BYTES;
    /// Below deflate's default: keys and small values pack nearly as well in a third of the time.
    private static final int LEVEL = 3;

    private final OutputStream out;
    private final CRC32C total = new CRC32C();
    private ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    private long records;

    /// @param out not closed here
    /// @param facts names and values without line breaks; the names without colons
    public BackupWriter(OutputStream out, Map<String, String> facts) throws IOException {
        this.out = out;
        StringBuilder text = new StringBuilder(FIRST_LINE);
        facts.forEach((name, value) -> text.append(name).append(": ").append(value).append('\n'));
        write(text.append('\n').toString().getBytes(StandardCharsets.UTF_8));
        write(ByteBuffer.allocate(Integer.BYTES).putInt((int) total.getValue()).array());
    }

    /// @param bytes between position and limit
    public void add(ByteBuffer bytes) throws IOException {
        int needed = Integer.BYTES + bytes.remaining();
        if (block.position() > 0 && needed > block.remaining()) {
            flush();
        }
        if (needed > block.capacity()) {
            block = ByteBuffer.allocate(needed);
        }
        block.putInt(bytes.remaining()).put(bytes);
        records++;
    }

    private void flush() throws IOException {
        byte[] packed = new byte[block.position() + block.position() / 1000 + 64]; // what does not pack grows a little
        Deflater deflater = new Deflater(LEVEL);
        deflater.setInput(block.array(), 0, block.position());
        deflater.finish();
        int length = deflater.deflate(packed);
        deflater.end();
        header(block.position(), length, packed);
        write(ByteBuffer.wrap(packed, 0, length));
        block = block.capacity() > BLOCK_BYTES ? ByteBuffer.allocate(BLOCK_BYTES) : block.clear();
    }

    private void header(int plain, int packedLength, byte[] packed) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(BLOCK_HEADER_BYTES).putInt(plain).putInt(packedLength);
        header.putInt(blockChecksum(plain, packedLength, ByteBuffer.wrap(packed, 0, packedLength)));
        write(header.array());
    }

    static int blockChecksum(int plain, int packedLength, ByteBuffer packed) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(2 * Integer.BYTES).putInt(plain).putInt(packedLength).flip());
        crc.update(packed);
        return (int) crc.getValue();
    }

    /// The last call: without it the file is no backup.
    public void finish() throws IOException {
        if (block.position() > 0) {
            flush();
        }
        header(0, 0, new byte[0]);
        write(ByteBuffer.allocate(Long.BYTES).putLong(records).array());
        write(ByteBuffer.allocate(Integer.BYTES).putInt((int) total.getValue()).array());
        out.flush();
    }

    private void write(byte[] bytes) throws IOException {
        write(ByteBuffer.wrap(bytes));
    }

    private void write(ByteBuffer bytes) throws IOException {
        total.update(bytes.duplicate());
        out.write(bytes.array(), bytes.position(), bytes.remaining());
    }
}
