package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.Maintenance.Alarm;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// How commits are written into a log frame: `revision, number of effects, effects`, repeated to the frame's end.
/// An effect is a tag and its parts; numbers are base-128 varints, byte strings have their length before them.
final class CommitCodec {

    private static final byte PUT = 1;
    private static final byte DELETE = 2;
    private static final byte GRANT = 3;
    private static final byte END = 4;
    private static final byte COMPACT = 5;
    private static final byte ALARM = 6;

    private static final int MAX_VARINT_BYTES = 10;
    private static final int MAX_FIXED_BYTES = 1 + 6 * MAX_VARINT_BYTES; // a put: tag, four numbers, two lengths

    private CommitCodec() {}

    /// At least as many bytes as [#write] will need.
    static long bound(List<Commit> commits) {
        long bytes = 0;
        for (Commit commit : commits) {
            bytes += 2 * MAX_VARINT_BYTES;
            for (Effect effect : commit.effects()) {
                bytes += MAX_FIXED_BYTES + switch (effect) {
                    case Effect.Put(Bytes key, Cell.Version version) -> (long) key.length() + version.value().length();
                    case Effect.Delete(Bytes key) -> key.length();
                    case Effect.Grant _,Effect.End _,Effect.Compact _,Effect.Alarmed _ -> 0;
                };
            }
        }
        return bytes;
    }

    static void write(List<Commit> commits, ByteBuffer out) {
        for (Commit commit : commits) {
            putNumber(out, commit.revision());
            putNumber(out, commit.effects().size());
            for (Effect effect : commit.effects()) {
                write(effect, out);
            }
        }
    }

    private static void write(Effect effect, ByteBuffer out) {
        switch (effect) {
            case Effect.Put(Bytes key, Cell.Version version) -> {
                putBytes(out.put(PUT), key);
                putNumber(out, version.createRevision());
                putNumber(out, version.modRevision());
                putNumber(out, version.version());
                putNumber(out, version.lease());
                putBytes(out, version.value());
            }
            case Effect.Delete(Bytes key) -> putBytes(out.put(DELETE), key);
            case Effect.Grant(long lease, long ttlSeconds) -> {
                putNumber(out.put(GRANT), lease);
                putNumber(out, ttlSeconds);
            }
            case Effect.End(long lease) -> putNumber(out.put(END), lease);
            case Effect.Compact(long revision) -> putNumber(out.put(COMPACT), revision);
            case Effect.Alarmed(Alarm alarm, boolean raised) -> {
                putNumber(out.put(ALARM), alarm.number());
                putNumber(out, raised ? 1 : 0);
            }
        }
    }

    /// @throws RuntimeException when the bytes are no commits; their checksum was right, so another version wrote them
    static List<Commit> read(ByteBuffer in) {
        List<Commit> commits = new ArrayList<>();
        while (in.hasRemaining()) {
            long revision = number(in);
            long count = number(in);
            List<Effect> effects = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                effects.add(readEffect(in));
            }
            commits.add(new Commit(revision, effects));
        }
        return commits;
    }

    private static Effect readEffect(ByteBuffer in) {
        byte tag = in.get();
        return switch (tag) {
            case PUT ->
                new Effect.Put(bytes(in), new Cell.Version(number(in), number(in), number(in), number(in), 0, bytes(in)));
            case DELETE -> new Effect.Delete(bytes(in));
            case GRANT -> new Effect.Grant(number(in), number(in));
            case END -> new Effect.End(number(in));
            case COMPACT -> new Effect.Compact(number(in));
            case ALARM -> new Effect.Alarmed(Alarm.of(number(in)), number(in) != 0);
            default -> throw new IllegalStateException("effect with tag " + tag + " (expected: 1..6)");
        };
    }

    private static void putNumber(ByteBuffer out, long number) {
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long number(ByteBuffer in) {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte part = in.get();
            number |= (part & 0x7fL) << shift;
            if (part >= 0) {
                return number;
            }
        }
        throw new IllegalStateException("a number of more than ten bytes");
    }

    private static void putBytes(ByteBuffer out, Bytes bytes) {
        putNumber(out, bytes.length());
        out.put(bytes.array());
    }

    private static Bytes bytes(ByteBuffer in) {
        long length = number(in);
        if (length < 0 || length > in.remaining()) {
            throw new IllegalStateException("a byte string of " + length + " bytes where " + in.remaining() + " are left");
        }
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return bytes.length == 0 ? Bytes.EMPTY : Bytes.wrap(bytes);
    }
}
