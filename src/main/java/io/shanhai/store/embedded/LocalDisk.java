package io.shanhai.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/// The real file system.
final class LocalDisk implements Disk {

    private static final int ZEROS_BYTES = 256 * 1024; // large enough that the system call does not count

    @Override
    public LogFile create(Path path, long size) throws IOException {
        // Written, not truncated to size: a hole would make each fdatasync write metadata too (the block is new).
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ, StandardOpenOption.WRITE);
        LocalFile file = new LocalFile(path, channel);
        try {
            ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(size, ZEROS_BYTES));
            for (long at = 0; at < size; at += zeros.limit()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
                file.write(zeros, at);
            }
            file.sync();
            return file;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public LogFile open(Path path) throws IOException {
        return new LocalFile(path, LocalFile.channel(path));
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(to.getParent(), StandardOpenOption.READ)) {
            folder.force(true); // the name is in the folder: without this the renamed file may be gone after power loss
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public long usableBytes(Path folder) throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    @Override
    public String indexName(Path path) {
        return "retry:" + path; // H2's layer that survives an interrupt of the reading thread, as LocalFile does
    }

    /// A file whose I/O is done by callers' threads. NIO closes a channel when a thread that uses it is interrupted;
    /// here the channel is opened again and the step repeated: all steps are positional, repeating one changes nothing.
    private static final class LocalFile implements LogFile {

        private final Path path;
        private FileChannel channel;

        LocalFile(Path path, FileChannel channel) {
            this.path = path;
            this.channel = channel;
        }

        static FileChannel channel(Path path) throws IOException {
            return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        @Override
        public void write(ByteBuffer bytes, long position) throws IOException {
            int start = bytes.position();
            uninterrupted(() -> {
                bytes.position(start);
                while (bytes.hasRemaining()) {
                    channel.write(bytes, position + bytes.position() - start);
                }
            });
        }

        @Override
        public void read(ByteBuffer bytes, long position) throws IOException {
            int start = bytes.position();
            uninterrupted(() -> {
                bytes.position(start);
                int read = 0;
                while (read >= 0 && bytes.hasRemaining()) {
                    read = channel.read(bytes, position + bytes.position() - start);
                }
            });
        }

        @Override
        public void sync() throws IOException {
            uninterrupted(() -> channel.force(false));
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            uninterrupted(() -> channel.truncate(size));
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }

        private void uninterrupted(Step step) throws IOException {
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        step.run();
                        return;
                    } catch (ClosedByInterruptException e) {
                        interrupted = true;
                        boolean _ = Thread.interrupted(); // else the next step would close the new channel at once
                        channel = channel(path);
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private interface Step {
            void run() throws IOException;
        }
    }
}
