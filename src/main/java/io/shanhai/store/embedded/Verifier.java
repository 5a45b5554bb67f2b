package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.StoreException;
import io.shanhai.store.Verification;
import io.shanhai.store.Verification.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.h2.mvstore.Cursor;

/// Reads a store's files without changing them: every checksum of the log, every page of the index, and whether its
/// entries fit together. Used once.
final class Verifier {

    /*
     * The index on disk may hold a part of the log frame behind the one its PROGRESS names (see Index). What that frame
     * touches is unsettled: it is not held against the index, the next start applies the frame again.
     */

    private static final int MAX_PROBLEMS = 100; // a damaged page hits hundreds of entries; the first ones tell the story
    private static final int TELL_EVERY = 100_000;
    private static final String REMEDY = ". Restore the store's folder from a backup: shanhai store restore FILE";
    private static final long CACHE_BYTES = 16 << 20;

    private final Path folder;
    private final Path indexFile;
    private final Progress progress;
    private final List<String> problems = new ArrayList<>();
    private final Map<Slot.Kind, Long> counts = new EnumMap<>(Slot.Kind.class);
    private final Set<Bytes> unsettledKeys = new HashSet<>();
    private final Set<Long> unsettledLeases = new HashSet<>();
    private long unsettledRevision;
    private long revision;
    private long compacted;
    private long frames;
    private long tornBytes;

    Verifier(Path folder, Progress progress) {
        this.folder = folder;
        this.indexFile = folder.resolve("index.mv");
        this.progress = progress;
    }

    Verification run() throws IOException {
        try (Index index = Files.exists(indexFile) ? Index.openReadOnly(indexFile, CACHE_BYTES) : null) {
            Cell.Progress applied = index == null ? Cell.Progress.FRESH : index.progress();
            revision = applied.revision();
            compacted = applied.compacted();
            readLog(applied);
            if (index != null) {
                try (View view = index.view()) {
                    readIndex(view);
                }
            }
        } catch (StoreException e) { // the index does not open; what the log holds is then of no use either
            problem(e.detail());
        } catch (RuntimeException e) { // MVStore, on a page that is not as it was written
            problem(indexFile + " is damaged: " + e.getMessage() + REMEDY);
        }
        return new Verification(revision, compacted, count(Slot.Kind.LIVE), count(Slot.Kind.PAST), count(Slot.Kind.LEASE),
                frames, tornBytes, problems);
    }

    private long count(Slot.Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }

    private void problem(String text) {
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(text);
        }
    }

    private void readLog(Cell.Progress applied) throws IOException {
        LogRecovery recovery = new LogRecovery(folder.resolve("log"), new ReadOnlyDisk());
        try {
            if (recovery.isEmpty(applied)) {
                return;
            }
            // All frames, those that the index has as well; where the index is ahead of the log it says so.
            LogRecovery.Report report = recovery.check(applied, (frame, atRevision, payload) -> readFrame(frame, atRevision,
                    payload, applied));
            tornBytes = report.tornBytes();
            revision = Math.max(revision, report.revision());
        } catch (StoreException e) {
            problem(e.detail());
        }
        progress.at("commits of the log", frames);
    }

    private void readFrame(long frame, long atRevision, ByteBuffer payload, Cell.Progress applied) {
        if (++frames % TELL_EVERY == 0) {
            progress.at("commits of the log", frames);
        }
        List<Commit> commits;
        try {
            commits = CommitCodec.read(payload);
        } catch (RuntimeException e) {
            problem("commit " + frame + " in " + folder.resolve("log") + " cannot be decoded, another version of this program "
                    + "wrote it: " + e.getMessage() + ". Start that version");
            return;
        }
        for (Commit commit : commits) {
            for (Effect effect : commit.effects()) {
                if (effect instanceof Effect.Compact(long at)) {
                    compacted = Math.max(compacted, at);
                }
                if (frame == applied.index() + 1) {
                    unsettle(effect);
                    unsettledRevision = atRevision;
                }
            }
        }
    }

    private void unsettle(Effect effect) {
        switch (effect) {
            case Effect.Put(Bytes key, _) -> unsettledKeys.add(key);
            case Effect.Delete(Bytes key) -> unsettledKeys.add(key);
            case Effect.Grant(long lease, _) -> unsettledLeases.add(lease);
            case Effect.End(long lease) -> unsettledLeases.add(lease);
            case Effect.Compact _,Effect.Alarmed _ -> {
                // no entry of a key or lease
            }
        }
    }

    private void readIndex(View view) {
        long done = 0;
        Cursor<Slot, Cell> cursor = view.cursor(Slot.PROGRESS);
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            counts.merge(slot.kind(), 1L, Long::sum);
            String why = why(slot, cursor.getValue(), view);
            if (!why.isEmpty()) {
                problem(indexFile + ": entry " + slot.kind() + " of " + (slot.key().isEmpty() ? slot.number() : slot.key())
                        + why + REMEDY);
            }
            if (++done % TELL_EVERY == 0) {
                progress.at("entries of the index", done);
            }
        }
        progress.at("entries of the index", done);
    }

    /// @return what is wrong with the entry, empty for nothing
    private String why(Slot slot, Cell cell, View view) {
        long newest = Math.max(view.revision(), unsettledRevision);
        return switch (slot.kind()) {
            case LIVE -> live(slot.key(), (Cell.Version) cell, view, newest);
            case PAST -> past(slot, (Cell.Version) cell, newest);
            case CHANGE -> change(slot.number(), ((Cell.Changed) cell).key(), view, newest);
            case ATTACHED -> attached(slot, view);
            case LEASE -> ((Cell.Granted) cell).ttlSeconds() >= 1 ? "" : " has no time to live";
            case PROGRESS, ALARM -> "";
        };
    }

    private String live(Bytes key, Cell.Version version, View view, long newest) {
        if (version.createRevision() < 1 || version.createRevision() > version.modRevision()
                || version.modRevision() > newest || version.version() < 1 || version.endRevision() != 0) {
            return " has impossible numbers: " + numbers(version);
        }
        long lease = version.lease();
        boolean settled = !unsettledKeys.contains(key) && !unsettledLeases.contains(lease);
        if (lease != 0 && settled && (!view.has(Slot.lease(lease)) || !view.has(Slot.attached(lease, key)))) {
            return " hangs on lease " + lease + ", which does not know it";
        }
        return "";
    }

    private static String past(Slot slot, Cell.Version version, long newest) {
        boolean fine = slot.number() == version.modRevision() && version.createRevision() <= version.modRevision()
                && version.endRevision() > version.modRevision() && version.endRevision() <= newest;
        return fine ? "" : " at " + slot.number() + " has impossible numbers: " + numbers(version);
    }

    private String change(long at, Bytes key, View view, long newest) {
        if (at > newest) {
            return " is of a revision that is not there yet";
        }
        boolean settled = !unsettledKeys.contains(key) && at > compacted;
        if (settled && view.writtenAt(key, at) == null && view.endedAt(key, at) == null) {
            return " says that it changed " + key + ", which has no such version";
        }
        return "";
    }

    private String attached(Slot slot, View view) {
        if (unsettledKeys.contains(slot.key()) || unsettledLeases.contains(slot.number())) {
            return "";
        }
        Cell.Version version = view.get(slot.key());
        boolean fine = version != null && version.lease() == slot.number() && view.has(Slot.lease(slot.number()));
        return fine ? "" : " is attached to lease " + slot.number() + ", but does not say so itself or the lease is gone";
    }

    private static String numbers(Cell.Version version) {
        return "created " + version.createRevision() + ", written " + version.modRevision() + ", version " + version.version()
                + ", ended " + version.endRevision();
    }
}
