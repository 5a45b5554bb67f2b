package io.shanhai.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/// The real disk, with counters and with faults that a test switches on.
final class TestDisk implements Disk {

    /// Of files that are in use; not those that [#create] makes.
    final AtomicLong syncs = new AtomicLong();
    final AtomicLong writes = new AtomicLong();
    /// New files fail as on a full disk.
    volatile boolean full;
    /// Writes into existing files fail as on a full disk, after half of the bytes.
    volatile boolean fullInFile;
    /// This many syncs fail.
    final AtomicLong failingSyncs = new AtomicLong();
    /// Every sync waits for it; one that does is a group commit that gathers others behind it.
    final Semaphore syncsAllowed = new Semaphore(Integer.MAX_VALUE / 2);
    /// What the file system says it has left.
    volatile long usable = Long.MAX_VALUE;

    private final Disk disk = new LocalDisk();

    @Override
    public LogFile create(Path path, long size) throws IOException {
        if (full) {
            throw new IOException("No space left on device");
        }
        return new TestFile(disk.create(path, size));
    }

    @Override
    public LogFile open(Path path) throws IOException {
        return new TestFile(disk.open(path));
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        return disk.list(folder);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        disk.move(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public long usableBytes(Path folder) {
        return usable;
    }

    @Override
    public String indexName(Path path) {
        return disk.indexName(path);
    }

    private final class TestFile implements LogFile {

        private final LogFile file;

        TestFile(LogFile file) {
            this.file = file;
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            writes.incrementAndGet();
            if (fullInFile) {
                fullInFile = false; // what follows, the cut, may overwrite blocks that are there
                file.write(bytes.slice(0, bytes.remaining() / 2), position);
                throw new IOException("No space left on device");
            }
            file.write(bytes, position);
        }

        @Override
        public void read(ByteBuffer bytes, long position) throws IOException {
            file.read(bytes, position);
        }

        @Override
        public void sync() throws IOException {
            if (failingSyncs.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IOException("Input/output error");
            }
            syncsAllowed.acquireUninterruptibly();
            file.sync();
            syncsAllowed.release();
            syncs.incrementAndGet();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
