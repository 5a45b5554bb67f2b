package io.shanhai.store.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real etcd takes our snapshot for one of its own: `etcdctl` checks every page, restores it, and an etcd that starts
/// on it knows the same keys, revisions, leases and past.
final class EtcdSnapshotTest {

    private static final String LARGE = "x".repeat(50_000); // of a page and more

    @TempDir
    Path folder;

    /// As the door sends it: the file, then its SHA-256.
    private Path snapshot(EmbeddedStore store) throws IOException, NoSuchAlgorithmException {
        Path file = folder.resolve("snapshot.db");
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (OutputStream out = Files.newOutputStream(file);
                DigestOutputStream hashed = new DigestOutputStream(out, digest)) {
            store.snapshot(hashed);
            out.write(digest.digest());
        }
        return file;
    }

    private static JsonNode status(Path file) throws IOException, InterruptedException {
        return new ObjectMapper().readTree(RestoredEtcd.run("snapshot", "status", file.toString(), "-w", "json"));
    }

    private RestoredEtcd restored(Path file) throws IOException, InterruptedException {
        Path data = folder.resolve("restored");
        RestoredEtcd.run("snapshot", "restore", file.toString(), "--data-dir", data.toString());
        return new RestoredEtcd(folder, data);
    }

    private static List<String> keys(EmbeddedStore store, long revision) {
        List<String> lines = new ArrayList<>();
        for (KeyValue kv : store.range(RangeRequest.prefix(Bytes.EMPTY).at(revision)).kvs()) {
            lines.add(kv.key().text() + " " + kv.value().text().hashCode() + " " + kv.createRevision() + " "
                    + kv.modRevision() + " " + kv.version() + " " + kv.lease());
        }
        return lines;
    }

    private static List<String> keys(RestoredEtcd etcd, long revision) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        for (JsonNode kv : etcd.ctl("get", "", "--from-key", "--rev=" + revision).path("kvs")) {
            lines.add(text(kv.path("key")) + " " + text(kv.path("value")).hashCode() + " " + kv.path("create_revision") + " "
                    + kv.path("mod_revision") + " " + kv.path("version") + " " + kv.path("lease").asLong());
        }
        return lines;
    }

    private static String text(JsonNode base64) {
        return new String(Base64.getDecoder().decode(base64.asText()));
    }

    /// Revisions 2 to 1,001: overwritten, deleted and made again, large, with a lease, many in one transaction.
    private static void fill(EmbeddedStore store) {
        store.grant(77, 3_600);
        store.grant(-5, 60);
        for (int i = 0; i < 900; i++) {
            Words.put(store, "key" + i % 150, "value" + i);
        }
        for (int i = 0; i < 97; i++) {
            Op.Put[] many = Stream.of("a", "b", "c").map(name -> Op.put(Bytes.utf8(name + "many"), Bytes.utf8("x")))
                    .toArray(Op.Put[]::new);
            store.commit(Txn.of(many));
        }
        store.commit(Txn.of(Op.put(Bytes.utf8("leased"), Bytes.utf8("1"), 77)));
        store.commit(Txn.of(new Op.Delete(Bytes.utf8("key1"), Bytes.utf8("key2"), false)));
        store.commit(Txn.of(Op.put(Bytes.utf8("key10"), Bytes.utf8(LARGE)), Op.put(Bytes.utf8("empty"), Bytes.EMPTY)));
    }

    @Test
    void etcdRestoresItWithItsHistory() throws Exception {
        try (EmbeddedStore store = EmbeddedStores.open(folder.resolve("store"))) {
            fill(store);
            store.compact(800);
            Path file = snapshot(store);
            assertEquals(1_001, status(file).path("revision").asLong());
            try (RestoredEtcd etcd = restored(file)) {
                assertEquals(1_001, etcd.ctl("get", "none").path("header").path("revision").asLong());
                for (long revision : List.of(1_001L, 1_000L, 999L, 950L, 801L)) {
                    assertEquals(keys(store, revision), keys(etcd, revision), "at " + revision);
                }
                IOException compacted = assertThrows(IOException.class, () -> keys(etcd, 799));
                assertTrue(compacted.getMessage().contains("required revision has been compacted"), compacted.getMessage());
                JsonNode lease = etcd.ctl("lease", "timetolive", "4d", "--keys"); // 77
                assertEquals(3_600, lease.path("granted-ttl").asLong());
                assertEquals("leased", text(lease.path("keys").path(0)));
                etcd.ctl("lease", "revoke", "4d");
                assertEquals(1_002, etcd.ctl("get", "leased").path("header").path("revision").asLong());
                assertEquals(1_003, etcd.ctl("put", "new", "1").path("header").path("revision").asLong());
                etcd.say("compaction", "1003");
                assertEquals(keys(store, 0).size(), keys(etcd, 0).size(), "one came, one went");
            }
        }
    }

    @Test
    void freshStoreIsASnapshotToo() throws Exception {
        try (EmbeddedStore store = EmbeddedStores.open(folder.resolve("store"))) {
            Path file = snapshot(store);
            status(file);
            try (RestoredEtcd etcd = restored(file)) {
                assertEquals(List.of(), keys(etcd, 0));
                assertEquals(2, etcd.ctl("put", "new", "1").path("header").path("revision").asLong());
            }
        }
    }

    @Test
    void historyOfManyRunsIsInOrder() throws Exception {
        try (EmbeddedStore store = EmbeddedStores.open(folder.resolve("store"))) {
            for (int i = 0; i < 1_100; i++) { // 55 MB before the compaction: more than is sorted at once
                Words.put(store, "key" + (i * 7_919) % 1_100, LARGE + i);
            }
            store.compact(store.revision());
            Path file = snapshot(store);
            JsonNode status = status(file);
            assertEquals(1_101, status.path("revision").asLong());
            assertEquals(1_103, status.path("totalKey").asLong(), "and three of the bucket meta");
        }
        try (Stream<Path> left = Files.list(folder.resolve("store/temporary"))) {
            assertEquals(List.of(), left.toList());
        }
    }
}
