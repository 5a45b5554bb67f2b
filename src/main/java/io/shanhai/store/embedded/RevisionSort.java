package io.shanhai.store.embedded;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// Sorts any number of records by revision in bounded memory: sorted runs in a file of its own, merged at the end.
/// Records of one revision stay in the order they came in.
///
/// Confined to one thread; closing it deletes the file.
final class RevisionSort implements Closeable {

    private static final int RUN_BYTES = 16 << 20; // held in memory; a store of 2 GiB has 128 runs
    private static final int RECORD_OVERHEAD_BYTES = 48;
    private static final int MERGE_BUFFER_BYTES = 64 * 1024; // per run

    private final Path path;
    private final FileChannel file;
    private final List<Record> records = new ArrayList<>();
    /// Where each run begins; the last one ends with the file.
    private final List<Long> runs = new ArrayList<>();
    private long bytes;
    private long end;

    private record Record(long revision, byte[] key, byte[] value) {}

    interface Sorted {
        void take(long revision, byte[] key, byte[] value) throws IOException;
    }

    /// @param path of a file that is not there yet
    RevisionSort(Path path) throws IOException {
        this.path = path;
        this.file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    void add(long revision, byte[] key, byte[] value) throws IOException {
        records.add(new Record(revision, key, value));
        bytes += RECORD_OVERHEAD_BYTES + key.length + (long) value.length;
        if (bytes >= RUN_BYTES) {
            writeRun();
        }
    }

    private void writeRun() throws IOException {
        records.sort(Comparator.comparingLong(Record::revision)); // stable
        runs.add(end);
        ByteBuffer buffer = ByteBuffer.allocate(MERGE_BUFFER_BYTES);
        for (Record record : records) {
            int needed = Long.BYTES + 2 * Integer.BYTES + record.key().length + record.value().length;
            if (needed > buffer.remaining()) {
                write(buffer);
            }
            if (needed > buffer.remaining()) {
                buffer = ByteBuffer.allocate(needed);
            }
            buffer.putLong(record.revision()).putInt(record.key().length).put(record.key());
            buffer.putInt(record.value().length).put(record.value());
        }
        write(buffer);
        records.clear();
        bytes = 0;
    }

    private void write(ByteBuffer buffer) throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            end += file.write(buffer, end);
        }
        buffer.clear();
    }

    /// Hands all records over, in order. Once.
    void drain(Sorted sink) throws IOException {
        if (runs.isEmpty()) {
            records.sort(Comparator.comparingLong(Record::revision));
            for (Record record : records) {
                sink.take(record.revision(), record.key(), record.value());
            }
            return;
        }
        writeRun();
        PriorityQueue<Run> queue = new PriorityQueue<>(
                Comparator.<Run>comparingLong(run -> run.head.revision()).thenComparingInt(run -> run.number));
        for (int i = 0; i < runs.size(); i++) {
            Run run = new Run(i, runs.get(i), i + 1 < runs.size() ? runs.get(i + 1) : end);
            if (run.next()) {
                queue.add(run);
            }
        }
        while (!queue.isEmpty()) {
            Run run = queue.poll();
            sink.take(run.head.revision(), run.head.key(), run.head.value());
            if (run.next()) {
                queue.add(run);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (file) {
            Files.deleteIfExists(path);
        }
    }

    private final class Run {

        private final int number;
        private final Part part;
        private final DataInputStream in;
        private Record head;

        Run(int number, long from, long to) {
            this.number = number;
            this.part = new Part(from, to);
            this.in = new DataInputStream(new BufferedInputStream(part, MERGE_BUFFER_BYTES));
        }

        boolean next() throws IOException {
            if (in.available() == 0) {
                return false;
            }
            long revision = in.readLong();
            byte[] key = in.readNBytes(in.readInt());
            head = new Record(revision, key, in.readNBytes(in.readInt()));
            return true;
        }
    }

    /// A run's bytes in the file.
    private final class Part extends InputStream {

        private final long to;
        private long at;

        Part(long from, long to) {
            this.at = from;
            this.to = to;
        }

        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, to - at);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int most = (int) Math.min(length, to - at);
            if (most == 0) {
                return length == 0 ? 0 : -1;
            }
            int read = file.read(ByteBuffer.wrap(into, offset, most), at);
            at += Math.max(0, read);
            return read;
        }
    }
}
