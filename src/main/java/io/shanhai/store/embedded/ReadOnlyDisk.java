package io.shanhai.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// The real file system, on which everything that would change it does nothing: recovery can be tried without effect.
final class ReadOnlyDisk implements Disk {

    private final Disk disk = new LocalDisk();

    @Override
    public LogFile create(Path path, long size) throws IOException {
        throw new IOException(path + " would be made on a disk that is only read");
    }

    @Override
    public LogFile open(Path path) throws IOException {
        return new ReadOnlyFile(FileChannel.open(path, StandardOpenOption.READ));
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        return disk.list(folder);
    }

    @Override
    public void move(Path from, Path to) {
        // nothing changes
    }

    @Override
    public void delete(Path path) {
        // nothing changes
    }

    @Override
    public long usableBytes(Path folder) throws IOException {
        return disk.usableBytes(folder);
    }

    @Override
    public String indexName(Path path) {
        return path.toString();
    }

    private record ReadOnlyFile(FileChannel channel) implements LogFile {

        @Override
        public void write(ByteBuffer bytes, long position) {
            // nothing changes
        }

        @Override
        public void read(ByteBuffer bytes, long position) throws IOException {
            int start = bytes.position();
            int read = 0;
            while (read >= 0 && bytes.hasRemaining()) {
                read = channel.read(bytes, position + bytes.position() - start);
            }
        }

        @Override
        public void sync() {
            // nothing was written
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) {
            // nothing changes
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
