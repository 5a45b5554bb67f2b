package io.shanhai.store.embedded;

import io.shanhai.node.Version;
import io.shanhai.store.Verification.Progress;
import io.shanhai.store.backup.BackupReader;
import io.shanhai.store.backup.BackupReader.DamagedException;
import io.shanhai.store.backup.BackupWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.WriteBuffer;

/// The records of a backup file: the entries of the index that a view has a right to show, in the index's order.
final class StoreBackup {

    private static final String EPOCH = "1"; // an embedded store is in its first; moving it into a cluster starts the next
    private static final int TELL_EVERY = 100_000;

    private StoreBackup() {}

    interface Entries {
        void take(Slot slot, Cell cell) throws IOException;
    }

    /// @param view held by the caller
    static void write(View view, Instant now, OutputStream out) throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("version", Version.current().toString());
        facts.put("time", now.toString());
        facts.put("epoch", EPOCH);
        facts.put("revision", Long.toString(view.revision()));
        facts.put("compacted", Long.toString(view.compacted()));
        BackupWriter writer = new BackupWriter(out, facts);
        WriteBuffer buffer = new WriteBuffer();
        Cursor<Slot, Cell> cursor = view.cursor(Slot.PROGRESS);
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            Cell cell = cursor.getValue();
            if (isShown(slot, cell, view.compacted())) {
                buffer.clear();
                SlotType.INSTANCE.write(buffer, slot);
                CellType.INSTANCE.write(buffer, cell);
                writer.add(buffer.getBuffer().duplicate().flip());
            }
        }
        writer.finish();
    }

    private static boolean isShown(Slot slot, Cell cell, long compacted) {
        return switch (slot.kind()) {
            case PROGRESS -> false; // the log of the restored store is another one
            case PAST -> ((Cell.Version) cell).endRevision() > compacted;
            case CHANGE -> slot.number() >= compacted;
            case LIVE, LEASE, ATTACHED, ALARM -> true;
        };
    }

    /// Reads the whole file. Until this returns nothing that was handed over may be used.
    ///
    /// @return the progress of an index that has these entries, and no log
    /// @throws DamagedException when the file is damaged, cut, or no backup
    static Cell.Progress read(InputStream in, Entries entries, Progress progress) throws IOException {
        BackupReader reader = new BackupReader(in);
        long[] done = {0};
        reader.records(bytes -> {
            Slot slot = SlotType.INSTANCE.read(bytes);
            entries.take(slot, CellType.INSTANCE.read(bytes));
            if (++done[0] % TELL_EVERY == 0) {
                progress.at("entries of the backup", done[0]);
            }
        });
        progress.at("entries of the backup", done[0]);
        return new Cell.Progress(0, reader.number("revision"), reader.number("compacted"));
    }
}
