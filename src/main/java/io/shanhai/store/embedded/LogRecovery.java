package io.shanhai.store.embedded;

import io.shanhai.store.StoreException;
import io.shanhai.store.embedded.Disk.LogFile;
import io.shanhai.store.embedded.LogFormat.Frame;
import io.shanhai.store.embedded.LogFormat.Header;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Reads the log at start: finds its end, cuts a torn tail, replays what the index has not applied, and refuses to go on
/// where bytes that had been synced are damaged.
final class LogRecovery {

    private final Path folder;
    private final Disk disk;
    private final List<Segment> segments = new ArrayList<>();

    interface Replay {
        /// @param payload one frame's commits, as [CommitCodec] wrote them
        void frame(long index, long revision, ByteBuffer payload);
    }

    /// A segment that stays on disk.
    ///
    /// @param lastIndex of its last frame; for the tail unknown, and not asked for
    record Segment(Path path, Header header, long lastIndex) {}

    /// What was found.
    ///
    /// @param tail the segment to append to, from `tailOffset` on
    /// @param replayed frames handed to the replay
    /// @param tornBytes cut off the end, 0 when it was clean
    record Report(Header tail, long tailOffset, long lastIndex, long revision, long replayed, long tornBytes) {
        static final Report FRESH = new Report(null, 0, 0, 1, 0, 0);
    }

    LogRecovery(Path folder, Disk disk) {
        this.folder = folder;
        this.disk = disk;
    }

    /// True for a store that never had a log; one that lost it does not start.
    boolean isEmpty(Cell.Progress applied) throws IOException {
        List<Path> paths = disk.list(folder).stream().filter(path -> LogFormat.sequence(path).isPresent())
                .sorted(Comparator.comparing(Path::getFileName)).toList();
        if (paths.isEmpty() && applied.index() > 0) {
            throw refuse(folder + " holds no log segment, but the index beside it has applied commit " + applied.index()
                    + ". Restore the store's folder from a backup.");
        }
        List<Header> headers = new ArrayList<>();
        for (Path path : paths) {
            headers.add(readHeader(path));
        }
        for (int i = 0; i < headers.size(); i++) {
            long lastIndex = i + 1 < headers.size() ? headers.get(i + 1).firstIndex() - 1 : Long.MAX_VALUE;
            segments.add(new Segment(paths.get(i), headers.get(i), lastIndex));
        }
        return paths.isEmpty();
    }

    Report run(Cell.Progress applied, Replay replay) throws IOException {
        while (segments.getFirst().lastIndex() <= applied.index()) {
            disk.delete(segments.removeFirst().path()); // covered by the checkpoint; a crash came before its deletion
        }
        return check(applied, applied.index(), replay);
    }

    /// Reads all segments there are.
    ///
    /// @param replay gets every frame, those that are applied already as well
    Report check(Cell.Progress applied, Replay replay) throws IOException {
        return check(applied, 0, replay);
    }

    /// @param after last frame that the replay does not get
    private Report check(Cell.Progress applied, long after, Replay replay) throws IOException {
        requireContiguous(applied);
        Position position = new Position(segments.getFirst().header());
        for (Segment segment : segments) {
            boolean last = segment == segments.getLast();
            position.scan(segment, last, after, replay);
        }
        if (position.index < applied.index()) {
            throw refuse(segments.getLast().path() + " ends with commit " + position.index + " at byte " + position.offset
                    + ", but the index beside it has applied commit " + applied.index()
                    + ": synced bytes are lost. Restore the store's folder from a backup.");
        }
        return new Report(segments.getLast().header(), position.offset, position.index, position.revision,
                position.replayed, position.tornBytes);
    }

    /// The segments older than the tail.
    List<Segment> before(long sequence) {
        return segments.stream().filter(segment -> segment.header().sequence() < sequence).toList();
    }

    private Header readHeader(Path path) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LogFormat.HEADER_BYTES);
        try (LogFile file = disk.open(path)) {
            file.read(bytes, 0);
        }
        bytes.flip();
        if (LogFormat.isOtherFormat(bytes)) {
            throw refuse(path + " was written by another version of this program. Start that version.");
        }
        Optional<Header> header = LogFormat.header(bytes);
        if (header.isEmpty() || !header.get().in(folder).equals(path)) {
            throw refuse(path + " is damaged in its header (bytes 0 to 63). Restore the store's folder from a backup.");
        }
        return header.get();
    }

    private void requireContiguous(Cell.Progress applied) {
        if (segments.getFirst().header().firstIndex() > applied.index() + 1) {
            throw refuse("the log in " + folder + " starts with commit " + segments.getFirst().header().firstIndex()
                    + ", but the index beside it ends with commit " + applied.index()
                    + ": a segment is missing. Restore the store's folder from a backup.");
        }
        for (int i = 1; i < segments.size(); i++) {
            long expected = segments.get(i - 1).header().sequence() + 1;
            if (segments.get(i).header().sequence() != expected) {
                throw refuse("log segment " + new Header(expected, 0, 0, 0).in(folder)
                        + " is missing. Put it back, or restore the store's folder from a backup.");
            }
        }
    }

    private static StoreException refuse(String detail) {
        return new StoreException(StoreException.Code.UNAVAILABLE, detail, null);
    }

    /// Where the scan is.
    private final class Position {

        private long index;
        private long revision;
        private long offset;
        private long replayed;
        private long tornBytes;

        Position(Header first) {
            index = first.firstIndex() - 1;
            revision = first.revision();
        }

        void scan(Segment segment, boolean last, long after, Replay replay) throws IOException {
            try (LogFile file = disk.open(segment.path())) {
                ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
                file.read(bytes, 0);
                bytes.flip();
                replayFrames(segment, bytes, after, replay);
                int nonZero = Zeros.lastNonZero(bytes, (int) offset);
                if (!last && (nonZero >= offset || index != segment.lastIndex())) {
                    throw damaged(segment, "later segments exist");
                }
                if (nonZero >= offset) {
                    requireNoLaterFrame(segment, bytes);
                    cut(file, nonZero + 1);
                }
            }
        }

        private void replayFrames(Segment segment, ByteBuffer bytes, long after, Replay replay) {
            offset = LogFormat.HEADER_BYTES;
            long salt = segment.header().salt();
            Frame frame = LogFormat.frame(bytes, (int) offset, salt);
            while (frame != null) {
                if (frame.index() != index + 1 || frame.revision() < revision) {
                    throw damaged(segment, "it holds commit " + frame.index() + " of revision " + frame.revision());
                }
                if (frame.index() > after) {
                    replay.frame(frame.index(), frame.revision(), bytes.slice(frame.payloadOffset(), frame.length()));
                    replayed++;
                }
                index = frame.index();
                revision = frame.revision();
                offset = frame.end();
                frame = LogFormat.frame(bytes, frame.end(), salt);
            }
        }

        /// Frames are synced one after the other: an intact one behind a broken one means the broken one was intact once.
        private void requireNoLaterFrame(Segment segment, ByteBuffer bytes) {
            for (int at = (int) offset + LogFormat.ALIGNMENT; at < bytes.limit(); at += LogFormat.ALIGNMENT) {
                Frame later = LogFormat.frame(bytes, at, segment.header().salt());
                if (later != null) {
                    throw damaged(segment, "commit " + later.index() + " behind it at byte " + at + " is intact");
                }
            }
        }

        /// What is left of a torn frame must go, else it could stand behind the next one.
        private void cut(LogFile file, int end) throws IOException {
            tornBytes = end - offset;
            file.write(ByteBuffer.allocate((int) tornBytes), offset);
            file.sync();
        }

        private StoreException damaged(Segment segment, String evidence) {
            return refuse(segment.path() + " is damaged at byte " + offset + ": commit " + (index + 1)
                    + " was synced there and is not intact (" + evidence
                    + "). Restore the store's folder from a backup. Without one, and giving up every write after revision "
                    + revision + ": truncate -s " + offset + " " + segment.path() + ", delete the later segments, start again.");
        }
    }
}
