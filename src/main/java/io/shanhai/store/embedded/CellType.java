package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import java.nio.ByteBuffer;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/// How MVStore writes a [Cell]: a tag, then its components.
final class CellType extends BasicDataType<Cell> {

    static final CellType INSTANCE = new CellType();

    private static final byte VERSION = 1;
    private static final byte CHANGED = 2;
    private static final byte GRANTED = 3;
    private static final byte ATTACHED = 4;
    private static final byte PROGRESS = 5;
    private static final byte RAISED = 6;
    private static final int OBJECTS_BYTES = 48; // record, Bytes, array header; an estimate for MVStore's cache

    private CellType() {}

    @Override
    public int getMemory(Cell cell) {
        return switch (cell) {
            case Cell.Version version -> OBJECTS_BYTES + 48 + version.value().length();
            case Cell.Changed(Bytes key) -> OBJECTS_BYTES + key.length();
            case Cell.Granted _,Cell.Attached _,Cell.Raised _,Cell.Progress _ -> OBJECTS_BYTES;
        };
    }

    @Override
    public void write(WriteBuffer out, Cell cell) {
        switch (cell) {
            case Cell.Version version -> writeVersion(out.put(VERSION), version);
            case Cell.Changed(Bytes key) -> SlotType.writeBytes(out.put(CHANGED), key);
            case Cell.Granted(long ttlSeconds) -> out.put(GRANTED).putVarLong(ttlSeconds);
            case Cell.Attached() -> out.put(ATTACHED);
            case Cell.Raised() -> out.put(RAISED);
            case Cell.Progress(long index, long revision, long compacted) ->
                out.put(PROGRESS).putVarLong(index).putVarLong(revision).putVarLong(compacted);
        }
    }

    private static void writeVersion(WriteBuffer out, Cell.Version version) {
        out.putVarLong(version.createRevision()).putVarLong(version.modRevision()).putVarLong(version.version())
                .putVarLong(version.lease()).putVarLong(version.endRevision());
        SlotType.writeBytes(out, version.value());
    }

    @Override
    public Cell read(ByteBuffer in) {
        byte tag = in.get();
        return switch (tag) {
            case VERSION ->
                new Cell.Version(DataUtils.readVarLong(in), DataUtils.readVarLong(in), DataUtils.readVarLong(in),
                        DataUtils.readVarLong(in), DataUtils.readVarLong(in), SlotType.readBytes(in));
            case CHANGED -> new Cell.Changed(SlotType.readBytes(in));
            case GRANTED -> new Cell.Granted(DataUtils.readVarLong(in));
            case ATTACHED -> Cell.Attached.INSTANCE;
            case RAISED -> Cell.Raised.INSTANCE;
            case PROGRESS ->
                new Cell.Progress(DataUtils.readVarLong(in), DataUtils.readVarLong(in), DataUtils.readVarLong(in));
            default -> throw new IllegalStateException("index entry with tag " + tag + " (expected: 1..6)");
        };
    }

    @Override
    public Cell[] createStorage(int size) {
        return new Cell[size];
    }
}
