package io.shanhai.store.embedded;

import io.shanhai.store.embedded.Disk.LogFile;
import io.shanhai.store.embedded.LogFormat.Header;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// The truth of the store: what is in here is durable, what is not never happened. The format is in [LogFormat].
///
/// Thread safety: one thread at a time appends (the leader of [Committer]); [#prepareSpare()], [#isSpareReady()] and
/// [#releaseThrough(long)] are for one other thread, concurrently.
final class WriteAheadLog implements Closeable {

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int KEPT_BUFFER_BYTES = 4 << 20; // a rare huge commit must not hold its memory for good
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;
    private final Disk disk;
    private final long segmentBytes;
    /// Complete segments, oldest first, each with the index of its last frame. Guarded by itself.
    private final ArrayDeque<Complete> complete = new ArrayDeque<>();
    /// Zeroed and synced, for the next roll-over: filling a segment takes far longer than a commit may.
    private final AtomicReference<Unnamed> spare = new AtomicReference<>();
    /// Segments without a number yet get names of their own: the next one is made while the last one is being renamed.
    private final AtomicInteger unnamed = new AtomicInteger();

    private Header header;
    private LogFile file;
    private long capacity;
    private long offset;
    private long index;
    private long revision;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private record Complete(Path path, long lastIndex) {}

    private record Unnamed(Path path, LogFile file) {}

    WriteAheadLog(Path folder, Disk disk, long segmentBytes) {
        this.folder = folder;
        this.disk = disk;
        this.segmentBytes = segmentBytes;
    }

    /// Replays what the index lacks and makes the log ready to append.
    ///
    /// @param applied how far the index is
    /// @return what was found
    LogRecovery.Report open(Cell.Progress applied, LogRecovery.Replay replay) throws IOException {
        for (Path path : disk.list(folder)) {
            if (LogFormat.sequence(path).isEmpty()) {
                disk.delete(path); // a spare or half-made segment: it never held a commit
            }
        }
        LogRecovery recovery = new LogRecovery(folder, disk);
        if (recovery.isEmpty(applied)) {
            index = 0;
            revision = applied.revision();
            startSegment(1, segmentBytes);
            return LogRecovery.Report.FRESH;
        }
        LogRecovery.Report report = recovery.run(applied, replay);
        header = report.tail();
        file = disk.open(header.in(folder));
        capacity = file.size();
        offset = report.tailOffset();
        index = report.lastIndex();
        revision = report.revision();
        recovery.before(header.sequence()).forEach(old -> complete.add(new Complete(old.path(), old.lastIndex())));
        return report;
    }

    /// Writes the commits as one frame and returns when it is on disk.
    ///
    /// @param newRevision the store's revision after the last of them
    /// @return the frame's index
    long append(List<Commit> commits, long newRevision) throws LogWriteException {
        encode(commits);
        int bytes = LogFormat.frameBytes(buffer.position() - LogFormat.FRAME_HEADER_BYTES);
        if (offset + bytes > capacity) {
            rollOver(bytes);
        }
        LogFormat.seal(buffer, index + 1, newRevision, header.salt());
        boolean written = false;
        try {
            file.write(buffer, offset);
            written = true;
            file.sync();
        } catch (IOException e) {
            boolean cut = cut(bytes);
            // A sync that failed once is never tried again: the kernel may have dropped the pages and report success.
            throw new LogWriteException("writing " + bytes + " bytes to " + header.in(folder) + " at " + offset, cut,
                    cut && !written, e);
        }
        offset += bytes;
        index++;
        revision = newRevision;
        return index;
    }

    private void encode(List<Commit> commits) throws LogWriteException {
        long bound = LogFormat.FRAME_HEADER_BYTES + CommitCodec.bound(commits) + LogFormat.ALIGNMENT;
        if (bound > Integer.MAX_VALUE - LogFormat.HEADER_BYTES) {
            throw new LogWriteException("encoding a commit", true, true,
                    new IOException(bound + " bytes (expected: below 2 GiB). Split the transaction."));
        }
        if (buffer.capacity() < bound || buffer.capacity() > KEPT_BUFFER_BYTES) {
            buffer = ByteBuffer.allocateDirect((int) Math.max(BUFFER_BYTES, bound));
        }
        buffer.clear().position(LogFormat.FRAME_HEADER_BYTES);
        CommitCodec.write(commits, buffer);
    }

    private void rollOver(int frameBytes) throws LogWriteException {
        Header old = header;
        LogFile oldFile = file;
        try {
            startSegment(old.sequence() + 1, Math.max(segmentBytes, LogFormat.HEADER_BYTES + (long) frameBytes));
        } catch (IOException e) {
            throw new LogWriteException("starting a log segment in " + folder, true, true, e);
        }
        synchronized (complete) {
            complete.add(new Complete(old.in(folder), index));
        }
        closeQuietly(oldFile);
    }

    /// All of its steps leave the current segment untouched until the new one is durable under its name.
    private void startSegment(long sequence, long bytes) throws IOException {
        Header next = new Header(sequence, index + 1, revision, RANDOM.nextLong());
        Unnamed fresh = bytes == segmentBytes ? spare.getAndSet(null) : null;
        if (fresh == null) {
            fresh = create(bytes);
        }
        Path path = next.in(folder);
        try (LogFile fill = fresh.file()) {
            fill.write(next.encode(), 0);
            fill.sync();
            disk.move(fresh.path(), path);
        } catch (IOException e) {
            deleteQuietly(fresh.path(), e);
            throw e;
        }
        file = disk.open(path);
        header = next;
        capacity = file.size();
        offset = LogFormat.HEADER_BYTES;
    }

    private Unnamed create(long bytes) throws IOException {
        Path path = folder.resolve("spare-" + unnamed.incrementAndGet());
        try {
            return new Unnamed(path, disk.create(path, bytes));
        } catch (IOException e) {
            deleteQuietly(path, e); // half a file would only keep the disk full
            throw e;
        }
    }

    private void deleteQuietly(Path path, IOException cause) {
        try {
            disk.delete(path);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /// Makes sure that the frame at the end is not there: zeros over it, or the file cut before it.
    private boolean cut(int bytes) {
        try {
            file.write(ByteBuffer.allocate(bytes), offset);
            file.sync();
            return true;
        } catch (IOException e) {
            return truncate();
        }
    }

    private boolean truncate() {
        try {
            file.truncate(offset);
            file.sync();
            capacity = offset; // the next commit starts a segment
            return true;
        } catch (IOException e) {
            return false; // LogWriteException says so to the caller
        }
    }

    /// Fills the spare segment when there is none.
    void prepareSpare() throws IOException {
        if (spare.get() == null) {
            spare.set(create(segmentBytes));
        }
    }

    boolean isSpareReady() {
        return spare.get() != null;
    }

    /// Deletes the segments that hold no frame after `lastIndex`.
    void releaseThrough(long lastIndex) throws IOException {
        while (true) {
            Complete oldest;
            synchronized (complete) {
                oldest = complete.peek();
                if (oldest == null || oldest.lastIndex() > lastIndex) {
                    return;
                }
                complete.remove();
            }
            disk.delete(oldest.path());
        }
    }

    /// Segments on disk, the current one included.
    int segments() {
        synchronized (complete) {
            return complete.size() + 1;
        }
    }

    @Override
    public void close() {
        Unnamed unused = spare.getAndSet(null);
        if (unused != null) {
            closeQuietly(unused.file());
        }
        closeQuietly(file);
    }

    private static void closeQuietly(LogFile file) {
        if (file == null) {
            return;
        }
        try {
            file.close();
        } catch (IOException _) {
            // every byte that matters was synced before
        }
    }
}
