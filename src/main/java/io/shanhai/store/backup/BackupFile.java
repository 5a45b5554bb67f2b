package io.shanhai.store.backup;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A backup under its name: it is there whole, or not at all.
public final class BackupFile {

    private static final String DRAFT_SUFFIX = ".draft";
    private static final int BUFFER_BYTES = 256 * 1024;

    private BackupFile() {}

    /// Where a backup comes from.
    public interface Source {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes a backup, syncs it, reads it again and gives it its name; one that had the name is replaced.
    ///
    /// @return the revision it has
    /// @throws IOException when it cannot be written, or is not intact
    public static long keep(Path target, Source source) throws IOException {
        Path draft = target.resolveSibling(target.getFileName() + DRAFT_SUFFIX);
        try {
            try (FileChannel file = FileChannel.open(draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES);
                source.writeTo(out);
                out.flush();
                file.force(true);
            }
            long revision = check(draft);
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel names = FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
                names.force(true); // else the name may be gone after power loss
            }
            return revision;
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static long check(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            BackupReader reader = new BackupReader(in);
            reader.records(_ -> {});
            return reader.number("revision");
        }
    }
}
