package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.bbolt.BoltFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.h2.mvstore.Cursor;

/// Writes a view as the database file of an etcd 3.4 member: the keys as they were at the last compaction, and every
/// change since. So revisions, versions, leases and the readable history survive `etcdctl snapshot restore`.
///
/// Bucket `key` maps a revision (main, `_`, position in the transaction, and `t` for a deletion) to a protobuf KeyValue.
/// Of a change before the compaction the position is not kept here; keys of one revision are numbered in their order.
/// Alarms stay behind: the restored cluster has a quota and a disk of its own. Source: etcd's `mvcc/kvstore.go`,
/// `lease/lessor.go`, `clientv3/snapshot/v3_snapshot.go`.
final class EtcdSnapshot {

    private static final byte TOMBSTONE = 't';
    private static final int REVISION_BYTES = 17;
    private static final int MAX_NUMBERS_BYTES = 4 * 11 + 2 * 11; // of a KeyValue: four numbers, two lengths, with tags
    /// etcd makes them when it opens the file; a file from etcd has them.
    private static final List<String> EMPTY_BUCKETS = List.of("alarm", "auth", "authRoles", "authUsers", "cluster", "members",
            "members_removed");
    /// A restore writes its own.
    private static final long CONSISTENT_INDEX = 1;

    private final View view;
    private final Path sortFile;
    private long lastRevision;
    private long position;

    private EtcdSnapshot(View view, Path sortFile) {
        this.view = view;
        this.sortFile = sortFile;
    }

    /// @param view held by the caller
    /// @param file empty
    /// @param sortFile place for a temporary file
    static void write(View view, FileChannel file, Path sortFile) throws IOException {
        EtcdSnapshot snapshot = new EtcdSnapshot(view, sortFile);
        BoltFile bolt = new BoltFile(file);
        bolt.bucket("key", snapshot::keys);
        bolt.bucket("lease", snapshot::leases);
        bolt.bucket("meta", snapshot::meta);
        for (String name : EMPTY_BUCKETS) {
            bolt.bucket(name, _ -> {});
        }
        bolt.finish();
    }

    private void keys(BoltFile.Sink sink) throws IOException {
        try (RevisionSort old = new RevisionSort(sortFile)) {
            Versions versions = new Versions(view);
            while (versions.next()) {
                Cell.Version version = versions.version();
                if (version.modRevision() < view.compacted()) {
                    old.add(version.modRevision(), versions.key().array(), keyValue(versions.key(), version));
                }
            }
            old.drain((revision, _, value) -> sink.put(revision(revision, nextPosition(revision)), value));
        }
        changes(sink);
    }

    private long nextPosition(long revision) {
        position = revision == lastRevision ? position + 1 : 0;
        lastRevision = revision;
        return position;
    }

    /// From the compacted revision on every change has its entry.
    private void changes(BoltFile.Sink sink) throws IOException {
        Cursor<Slot, Cell> cursor = view.cursor(Slot.change(view.compacted(), 0));
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.CHANGE) {
                return;
            }
            Bytes key = ((Cell.Changed) cursor.getValue()).key();
            Cell.Version version = view.writtenAt(key, slot.number());
            byte[] place = revision(slot.number(), ByteBuffer.wrap(slot.key().array()).getInt());
            if (version == null) {
                sink.put(tombstone(place), keyOnly(key));
            } else {
                sink.put(place, keyValue(key, version));
            }
        }
    }

    private void leases(BoltFile.Sink sink) throws IOException {
        // Ids are positive when chosen by a store; etcd orders a chosen negative one behind them.
        leases(sink, 0, false);
        leases(sink, Long.MIN_VALUE, true);
    }

    private void leases(BoltFile.Sink sink, long from, boolean negative) throws IOException {
        Cursor<Slot, Cell> cursor = view.cursor(Slot.lease(from));
        while (cursor.hasNext()) {
            Slot slot = cursor.next();
            if (slot.kind() != Slot.Kind.LEASE || slot.number() < 0 != negative) {
                return;
            }
            ByteBuffer lease = ByteBuffer.allocate(MAX_NUMBERS_BYTES);
            putNumber(lease, 1, slot.number());
            putNumber(lease, 2, ((Cell.Granted) cursor.getValue()).ttlSeconds());
            sink.put(ByteBuffer.allocate(Long.BYTES).putLong(slot.number()).array(), written(lease));
        }
    }

    private void meta(BoltFile.Sink sink) throws IOException {
        sink.put(ascii("consistent_index"), ByteBuffer.allocate(Long.BYTES).putLong(CONSISTENT_INDEX).array());
        if (view.compacted() > 0) {
            sink.put(ascii("finishedCompactRev"), revision(view.compacted(), 0));
            sink.put(ascii("scheduledCompactRev"), revision(view.compacted(), 0));
        }
    }

    private static byte[] revision(long main, long sub) {
        return ByteBuffer.allocate(REVISION_BYTES).putLong(main).put((byte) '_').putLong(sub).array();
    }

    private static byte[] tombstone(byte[] revision) {
        return ByteBuffer.allocate(REVISION_BYTES + 1).put(revision).put(TOMBSTONE).array();
    }

    private static byte[] keyOnly(Bytes key) {
        ByteBuffer out = ByteBuffer.allocate(MAX_NUMBERS_BYTES + key.length());
        putBytes(out, 1, key);
        return written(out);
    }

    private static byte[] keyValue(Bytes key, Cell.Version version) {
        ByteBuffer out = ByteBuffer.allocate(MAX_NUMBERS_BYTES + key.length() + version.value().length());
        putBytes(out, 1, key);
        putNumber(out, 2, version.createRevision());
        putNumber(out, 3, version.modRevision());
        putNumber(out, 4, version.version());
        putBytes(out, 5, version.value());
        putNumber(out, 6, version.lease());
        return written(out);
    }

    /// Protobuf: a field that has its default is left out.
    private static void putNumber(ByteBuffer out, int field, long number) {
        if (number != 0) {
            out.put((byte) (field << 3));
            putVarint(out, number);
        }
    }

    private static void putBytes(ByteBuffer out, int field, Bytes bytes) {
        if (!bytes.isEmpty()) {
            out.put((byte) (field << 3 | 2));
            putVarint(out, bytes.length());
            out.put(bytes.array());
        }
    }

    private static void putVarint(ByteBuffer out, long number) {
        long rest = number;
        while ((rest & ~0x7fL) != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static byte[] written(ByteBuffer out) {
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
