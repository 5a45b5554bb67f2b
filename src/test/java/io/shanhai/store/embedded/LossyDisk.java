package io.shanhai.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A disk with a page cache that a power failure empties: what was written after a file's last sync is lost, or a random
/// part of it, in blocks of 512 bytes and in no order.
final class LossyDisk implements Disk {

    private static final int BLOCK_BYTES = 512;

    private final Disk disk = new LocalDisk();
    private final Map<Path, List<Unsynced>> cache = new HashMap<>();
    private boolean failed;

    /// What stood on the disk where an unsynced write went.
    private record Unsynced(long position, byte[] before) {}

    /// Takes the power: from here on nothing is written, and of what was not synced each block stays with this chance.
    synchronized void fail(Random random, double chance) throws IOException {
        failed = true;
        for (Map.Entry<Path, List<Unsynced>> file : cache.entrySet()) {
            if (!Files.exists(file.getKey())) {
                continue;
            }
            try (LogFile raw = disk.open(file.getKey())) {
                for (Unsynced write : file.getValue().reversed()) {
                    restore(raw, write, random, chance);
                }
            }
        }
        cache.clear();
    }

    private static void restore(LogFile raw, Unsynced write, Random random, double chance) throws IOException {
        for (int at = 0; at < write.before().length; at += BLOCK_BYTES) {
            if (random.nextDouble() >= chance) {
                int length = Math.min(BLOCK_BYTES, write.before().length - at);
                raw.write(ByteBuffer.wrap(write.before(), at, length).slice(), write.position() + at);
            }
        }
    }

    @Override
    public synchronized LogFile create(Path path, long size) throws IOException {
        requirePower();
        cache.remove(path);
        return new LossyFile(path, disk.create(path, size));
    }

    private synchronized void requirePower() throws IOException {
        if (failed) {
            throw new IOException("the power is gone");
        }
    }

    @Override
    public LogFile open(Path path) throws IOException {
        return new LossyFile(path, disk.open(path));
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        return disk.list(folder);
    }

    @Override
    public synchronized void move(Path from, Path to) throws IOException {
        requirePower();
        disk.move(from, to);
        List<Unsynced> writes = cache.remove(from);
        if (writes != null) {
            cache.put(to, writes);
        }
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        requirePower();
        cache.remove(path);
        disk.delete(path);
    }

    @Override
    public long usableBytes(Path folder) throws IOException {
        requirePower(); // so no checkpoint is made afterwards: what is found at the next start, the log gave
        return disk.usableBytes(folder);
    }

    @Override
    public String indexName(Path path) {
        return disk.indexName(path);
    }

    private final class LossyFile implements LogFile {

        private final Path path;
        private final LogFile file;

        LossyFile(Path path, LogFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            synchronized (LossyDisk.this) {
                requirePower();
                ByteBuffer before = ByteBuffer.allocate(bytes.remaining());
                file.read(before, position);
                cache.computeIfAbsent(path, _ -> new ArrayList<>()).add(new Unsynced(position, before.array()));
                file.write(bytes, position);
            }
        }

        @Override
        public void read(ByteBuffer bytes, long position) throws IOException {
            file.read(bytes, position);
        }

        @Override
        public void sync() throws IOException {
            synchronized (LossyDisk.this) {
                requirePower();
                cache.remove(path);
                file.sync();
            }
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (LossyDisk.this) {
                requirePower();
                file.truncate(size);
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
