package io.shanhai.store.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Files that nobody needs after a crash, in a folder of their own beside the index; what an earlier process left there is
/// deleted at start. Thread safety: all threads.
final class TemporaryFiles {

    private final Path folder;
    private final AtomicLong names = new AtomicLong();

    interface Filling {
        void fill(FileChannel file) throws IOException;
    }

    TemporaryFiles(Path folder) {
        this.folder = folder;
    }

    void clear() throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /// A name that is not in use.
    Path fresh(String purpose) {
        return folder.resolve(purpose + "-" + names.incrementAndGet());
    }

    /// Fills a file, then sends it: what is slow to take does not hold what the file was made from.
    void spool(String purpose, Filling filling, OutputStream out) throws IOException {
        Path path = fresh(purpose);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            filling.fill(file);
            Channels.newInputStream(file.position(0)).transferTo(out);
        } finally {
            Files.deleteIfExists(path);
        }
    }
}
