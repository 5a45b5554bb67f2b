package io.shanhai.store.embedded;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// What the store needs of a file system. A seam: tests count syncs here, fill the disk, and drop what was not synced.
/// A method that returns normally promises what its text says even when the power fails right after.
interface Disk {

    /// Creates the file with `size` zero bytes, really allocated, and syncs it; replaces one that is there.
    LogFile create(Path path, long size) throws IOException;

    LogFile open(Path path) throws IOException;

    /// Files in the folder, in no order; empty when the folder does not exist.
    List<Path> list(Path folder) throws IOException;

    /// Renames durably.
    void move(Path from, Path to) throws IOException;

    /// Deletes; it may come back after a power failure.
    void delete(Path path) throws IOException;

    /// Bytes that can still be written to the folder's file system.
    long usableBytes(Path folder) throws IOException;

    /// The name under which MVStore opens its file; tests put their layer in between.
    String indexName(Path path);

    interface LogFile extends Closeable {

        /// Writes all of the buffer; durable only after [#sync()].
        void write(ByteBuffer bytes, long position) throws IOException;

        /// Fills the buffer or stops at the end of the file.
        void read(ByteBuffer bytes, long position) throws IOException;

        /// fdatasync.
        void sync() throws IOException;

        long size() throws IOException;

        /// Cuts the file, durable only after [#sync()].
        void truncate(long size) throws IOException;
    }
}
