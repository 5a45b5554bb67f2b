package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.Maintenance.Alarm;
import io.shanhai.store.StoreException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.RandomAccessStore;

/// The log's contents, searchable: one MVStore tree. It is never ahead of the log and may be behind it; a checkpoint writes
/// it down together with the last log frame it contains.
///
/// Thread safety: one thread at a time applies (the leader of [Committer]), one other thread makes checkpoints and deletes
/// compacted history at the same time (MVStore allows it). Views are for everybody.
final class Index implements AutoCloseable {

    /*
     * A checkpoint may fall into the middle of a frame's application: the tree is then a prefix of our put and remove
     * calls, and its PROGRESS entry names the frame before. Replaying that frame must therefore be idempotent for any
     * prefix of its steps: replace() writes the live entry last and skips a key whose live entry is as new as the
     * effect; everything else is an absolute put or remove.
     */

    private static final int HEADER_BYTES = 2 * 4096; // MVStore keeps its header twice, in a block each
    private static final int PAGE_BYTES = 4096; // a random put rewrites its leaf: smaller leaves, less to write down
    private static final int LOW_FILL_PERCENT = 50;
    private static final int COMPACT_BYTES = 8 << 20; // most bytes MVStore moves in one call, some 20 ms of disk time

    /*
     * How old a piece of the file must be before its place is used again. MVStore's 45 s make up for writes that nobody
     * synced and for readers that nobody knows; here every commit of the index is synced before the next, and readers hold
     * their view. What remains is that young pieces die soon anyway and are not worth rewriting: a bulk load would write
     * its tree down ten times within those 45 s, and the file be ten times as large.
     */
    private static final int RETENTION_MILLIS = 10_000;
    private static final int LOAD_BYTES = 16 << 20; // written down at once while a backup is loaded
    private static final int DENSE_PERCENT = 95; // rewriting the last twentieth costs more than it wins
    private static final int DEFRAGMENT_BYTES = 16 << 20; // some 100 ms of disk time between two commits' chances

    private final MVStore store;
    private final MVMap<Slot, Cell> map;
    private volatile Cell.Progress progress; // one writer, who applies

    private Index(MVStore store) {
        this.store = store;
        this.map = store.openMap("store",
                new MVMap.Builder<Slot, Cell>().keyType(SlotType.INSTANCE).valueType(CellType.INSTANCE));
        Cell.Progress stored = (Cell.Progress) map.get(Slot.PROGRESS);
        this.progress = stored == null ? Cell.Progress.FRESH : stored;
    }

    /// @param fileName as [Disk#indexName] gives it
    static Index open(String fileName, long cacheBytes) {
        return open(fileName, cacheBytes, RETENTION_MILLIS);
    }

    /// @param retentionMillis how old a piece of the file must be before its place is used again
    static Index open(String fileName, long cacheBytes, int retentionMillis) {
        try {
            MVStore store = new MVStore.Builder().fileName(fileName).autoCommitDisabled().autoCommitBufferSize(0)
                    .cacheSize((int) (cacheBytes >> 20)).pageSplitSize(PAGE_BYTES).open();
            store.setRetentionTime(retentionMillis);
            return new Index(store);
        } catch (MVStoreException e) {
            throw new StoreException(StoreException.Code.UNAVAILABLE, "the index " + fileName
                    + " does not open. If another process has it open, stop that one; if it is damaged, restore the store's folder from a backup",
                    e);
        }
    }

    /// For looking at it only.
    static Index openReadOnly(Path file, long cacheBytes) {
        try {
            return new Index(new MVStore.Builder().fileName(file.toString()).readOnly().autoCommitDisabled()
                    .cacheSize((int) (cacheBytes >> 20)).open());
        } catch (MVStoreException e) {
            throw new StoreException(StoreException.Code.UNAVAILABLE, file + " does not open: " + e.getMessage()
                    + ". Restore the store's folder from a backup: shanhai store restore FILE", e);
        }
    }

    /// Takes one entry of a backup, in order, into an index that nobody uses yet.
    void load(Slot slot, Cell cell) {
        map.put(slot, cell);
        if (store.getUnsavedMemory() > LOAD_BYTES) {
            store.commit();
        }
    }

    /// All entries of a backup are in.
    void loaded(Cell.Progress end) {
        progress = end;
        map.put(Slot.PROGRESS, end);
        checkpoint();
    }

    Cell.Progress progress() {
        return progress;
    }

    /// A view of what has been applied, held by the caller.
    View view() {
        MVStore.TxCounter usage = store.registerVersionUsage();
        return new View(map, usage, map.flushAndGetRoot(), progress.revision(), progress.compacted());
    }

    /// Applies one log frame.
    void apply(long index, long revision, List<Commit> commits) {
        long compacted = progress.compacted();
        for (Commit commit : commits) {
            int position = 0;
            for (Effect effect : commit.effects()) {
                compacted = Math.max(compacted, apply(commit.revision(), position++, effect));
            }
        }
        progress = new Cell.Progress(index, revision, compacted);
        map.put(Slot.PROGRESS, progress);
    }

    /// @return the revision the effect compacts, 0 for all other effects
    private long apply(long revision, int position, Effect effect) {
        switch (effect) {
            case Effect.Put(Bytes key, Cell.Version version) -> {
                map.put(Slot.change(revision, position), new Cell.Changed(key));
                replace(key, revision, version);
            }
            case Effect.Delete(Bytes key) -> {
                map.put(Slot.change(revision, position), new Cell.Changed(key));
                replace(key, revision, null);
            }
            case Effect.Grant(long lease, long ttlSeconds) -> map.put(Slot.lease(lease), new Cell.Granted(ttlSeconds));
            case Effect.End(long lease) -> map.remove(Slot.lease(lease));
            case Effect.Compact(long compacted) -> {
                return compacted;
            }
            case Effect.Alarmed(Alarm alarm, boolean raised) -> {
                if (raised) {
                    map.put(Slot.alarm(alarm), Cell.Raised.INSTANCE);
                } else {
                    map.remove(Slot.alarm(alarm));
                }
            }
        }
        return 0;
    }

    private void replace(Bytes key, long revision, Cell.Version next) {
        Slot live = Slot.live(key);
        Cell.Version old = (Cell.Version) map.get(live);
        if (old != null && old.modRevision() >= revision) {
            return; // a replay onto a checkpoint that has it
        }
        long oldLease = old == null ? 0 : old.lease();
        long nextLease = next == null ? 0 : next.lease();
        if (old != null) {
            map.put(Slot.past(key, old.modRevision()), old.endingAt(revision));
        }
        if (oldLease != 0 && oldLease != nextLease) {
            map.remove(Slot.attached(oldLease, key));
        }
        if (nextLease != 0 && oldLease != nextLease) {
            map.put(Slot.attached(nextLease, key), Cell.Attached.INSTANCE);
        }
        if (next == null) {
            map.remove(live);
        } else {
            map.put(live, next);
        }
    }

    /// Writes everything applied so far down and syncs it.
    ///
    /// @return the last log frame that is now surely in the file
    long checkpoint() {
        long index = ((Cell.Progress) map.getOrDefault(Slot.PROGRESS, Cell.Progress.FRESH)).index();
        store.commit();
        store.sync();
        return index;
    }

    /// Wins back file space of pages that are no longer used, a bounded piece of it.
    void reclaim() {
        store.compact(LOW_FILL_PERCENT, COMPACT_BYTES);
    }

    /// Deletes a slice of the history that compaction dropped: of each revision up to `compacted`, the versions it ended.
    /// The changes of `compacted` itself stay: a watch may start there.
    ///
    /// @param from first revision that may not have been looked at yet
    /// @param most revisions in this slice
    /// @return the revision to go on from; above `compacted` when nothing is left
    long dropHistory(long from, long compacted, int most) {
        Cursor<Slot, Cell> cursor = map.cursor(Slot.change(from, 0));
        long revision = from;
        long stopAt = -1;
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.CHANGE || slot.number() > compacted) {
                return compacted + 1;
            }
            if (stopAt < 0) {
                stopAt = slot.number() + most;
            }
            revision = slot.number();
            if (revision >= stopAt) {
                return revision;
            }
            dropEnded(((Cell.Changed) cursor.getValue()).key(), revision);
            if (revision < compacted) {
                map.remove(slot);
            }
        }
        return compacted + 1;
    }

    private void dropEnded(Bytes key, long revision) {
        Cursor<Slot, Cell> cursor = map.cursor(Slot.past(key, revision - 1), null, true);
        if (!cursor.hasNext()) {
            return;
        }
        Slot slot = cursor.next();
        if (slot.kind() == Slot.Kind.PAST && slot.key().equals(key)
                && ((Cell.Version) cursor.getValue()).endRevision() == revision) {
            map.remove(slot);
        }
    }

    /// Visits all leases: id and granted seconds.
    void forEachLease(BiConsumer<Long, Long> visitor) {
        Cursor<Slot, Cell> cursor = map.cursor(Slot.lease(Long.MIN_VALUE));
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.LEASE) {
                return;
            }
            visitor.accept(slot.number(), ((Cell.Granted) cursor.getValue()).ttlSeconds());
        }
    }

    Set<Alarm> alarms() {
        Set<Alarm> raised = EnumSet.noneOf(Alarm.class);
        for (Alarm alarm : Alarm.values()) {
            if (map.containsKey(Slot.alarm(alarm))) {
                raised.add(alarm);
            }
        }
        return raised;
    }

    long fileBytes() {
        return store.getFileStore().size();
    }

    /// Bytes of the file that hold something, to about a percent. What no checkpoint has written is not in it.
    long inUseBytes() {
        FileStore<?> file = store.getFileStore();
        return Math.max(HEADER_BYTES, file.size() / 100 * file.getFillRate() / 100 * file.getChunksFillRate());
    }

    /// Writes pages of sparse chunks together, moves the chunks to the front of the file and cuts its end, a bounded piece
    /// of it. Space is reused at once here, not after MVStore's retention time; that is safe because whoever reads holds a
    /// [View], and because each step is synced before the next one reuses what it freed.
    ///
    /// @param writeDown makes a checkpoint
    /// @param renew calls [#touch()] and publishes a new view, so that neither holds what was rewritten
    /// @return bytes of the file after it; moving writes metadata of its own, so it never comes to a standstill
    long defragment(Runnable writeDown, Runnable renew) {
        RandomAccessStore file = (RandomAccessStore) store.getFileStore();
        int retentionMillis = file.getRetentionTime();
        file.setRetentionTime(0);
        try {
            renew.run();
            writeDown.run();
            store.compact(DENSE_PERCENT, DEFRAGMENT_BYTES);
            renew.run();
            writeDown.run();
            renew.run();
            store.sync();
            return file.size();
        } finally {
            file.setRetentionTime(retentionMillis);
        }
    }

    /// Makes the next checkpoint a new version though nothing has changed: MVStore frees what one version no longer needs
    /// when there is a later one. Called by the thread that applies.
    void touch() {
        map.put(Slot.PROGRESS, progress);
    }

    /// Heap bytes of pages that are not in the file yet.
    long unsavedBytes() {
        return store.getUnsavedMemory();
    }

    /// Closes without writing: the next start has the last checkpoint and the log.
    @Override
    public void close() {
        store.closeImmediately();
    }
}
