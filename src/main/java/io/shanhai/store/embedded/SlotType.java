package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import java.nio.ByteBuffer;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/// How MVStore orders and writes a [Slot].
final class SlotType extends BasicDataType<Slot> {

    static final SlotType INSTANCE = new SlotType();
    private static final int OBJECTS_BYTES = 64; // Slot, Bytes, array header; MVStore sizes its cache with it

    private SlotType() {}

    @Override
    public int compare(Slot a, Slot b) {
        return a.compareTo(b);
    }

    @Override
    public int getMemory(Slot slot) {
        return OBJECTS_BYTES + slot.key().length();
    }

    @Override
    public void write(WriteBuffer out, Slot slot) {
        out.put((byte) slot.kind().ordinal()).putVarLong(slot.number());
        writeBytes(out, slot.key());
    }

    @Override
    public Slot read(ByteBuffer in) {
        Slot.Kind kind = Slot.Kind.BY_CODE[in.get()];
        long number = DataUtils.readVarLong(in);
        return new Slot(kind, readBytes(in), number);
    }

    @Override
    public Slot[] createStorage(int size) {
        return new Slot[size];
    }

    static void writeBytes(WriteBuffer out, Bytes bytes) {
        out.putVarInt(bytes.length()).put(bytes.array());
    }

    static Bytes readBytes(ByteBuffer in) {
        byte[] bytes = new byte[DataUtils.readVarInt(in)];
        in.get(bytes);
        return bytes.length == 0 ? Bytes.EMPTY : Bytes.wrap(bytes);
    }
}
