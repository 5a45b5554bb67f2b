package io.shanhai.etcdwire;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.etcdwire.Etcdctl.Outcome;
import io.shanhai.etcdwire.Etcdctl.Running;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same etcdctl commands against the door and against a real etcd, side by side: the same output, exit code and error,
/// ids aside. Both have seen the same writes, so even revisions are the same.
class EtcdctlTest {

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @TempDir
    static Path folder;

    private static RealEtcd etcd;
    private static TestDoor door;
    private static List<Etcdctl> both;

    @BeforeAll
    static void start() throws IOException {
        etcd = new RealEtcd(folder.resolve("etcd"));
        door = new TestDoor(folder.resolve("door"));
        both = List.of(new Etcdctl(etcd.endpoint(), folder), new Etcdctl(door.endpoint(), folder));
    }

    @AfterAll
    static void stop() {
        door.close();
        etcd.close();
    }

    /// Ids, ports, sizes and times are each server's own; everything else is compared.
    private static String normal(String text) {
        String normal = text;
        for (String[] rule : new String[][]{
                {"127\\.0\\.0\\.1:\\d+", "ENDPOINT"},
                {"\"(cluster_id|member_id|raft_term|raftTerm|leader|memberID|ID|id|dbSize|dbSizeInUse|raftIndex|raftAppliedIndex|hash|lease)\":\\d+",
                        "\"$1\":N"},
                {"\\{\"level\":\"warn\".*?(\"error\":.*})", "WARNING $1"},
                {"(took = |took\":\")[^\\s\"]+", "$1T"},
                {"\\[[\\d.]+(ms|µs|s)\\]", "[T]"},
                {"\\b[0-9a-f]{13,16}\\b", "HEX"},
                {"\"(ClusterID|MemberID|RaftTerm)\" : \\d+", "\"$1\" : N"},
                {"remaining\\(\\d+s\\)", "remaining(T)"}}) {
            normal = Pattern.compile(rule[0]).matcher(normal).replaceAll(rule[1]);
        }
        return normal;
    }

    private static String shape(Outcome outcome) {
        return normal("exit " + outcome.exitCode() + "\n" + outcome.out() + "--\n" + outcome.err());
    }

    private static void same(String... args) {
        sameWith("", args);
    }

    private static void sameWith(String input, String... args) {
        String expected = shape(both.get(0).runWith(input, args));
        assertEquals(expected, shape(both.get(1).runWith(input, args)), () -> "etcdctl " + String.join(" ", args));
    }

    /// A command that may differ in its arguments, such as a lease id.
    private static List<String> each(Function<Etcdctl, String> command) {
        return both.stream().map(command).toList();
    }

    @Test
    void putGetAndDeleteWithAllTheirFlags() {
        same("put", "kv/a", "1");
        same("put", "kv/b", "2", "-w", "json");
        same("put", "kv/a", "3", "--prev-kv");
        same("put", "kv/a", "--ignore-value");
        same("put", "kv/absent", "--ignore-value");
        same("put", "kv/a", "4", "--lease", "123456");
        same("put", "kv/c", "a much longer value\nin two lines");
        same("get", "kv/a");
        same("get", "kv/absent");
        same("get", "kv/", "--prefix", "-w", "json");
        same("get", "kv/", "--prefix", "--keys-only");
        same("get", "kv/", "--prefix", "--count-only", "-w", "json");
        same("get", "kv/", "--prefix", "--limit", "2", "-w", "json");
        same("get", "kv/", "--prefix", "--order", "DESCEND", "--sort-by", "MODIFY");
        same("get", "kv/", "--prefix", "--order", "ASCEND", "--sort-by", "VALUE", "--print-value-only");
        same("get", "kv/a", "--rev", "2", "-w", "json");
        same("get", "kv/a", "--rev", "99999");
        same("get", "kv/a", "kv/c");
        same("get", "kv/b", "--from-key", "--limit", "1");
        same("get", "kv/a", "--consistency", "s", "-w", "fields");
        same("get", "kv/a", "--hex");
        same("get", "");
        same("del", "kv/a", "--prev-kv");
        same("del", "kv/absent");
        same("del", "kv/", "--prefix", "-w", "json");
    }

    @Test
    void transactions() {
        same("put", "txn/a", "1");
        sameWith("value(\"txn/a\") = \"1\"\nmod(\"txn/b\") = \"0\"\n\nput txn/a 2\nget txn/a\ndel txn/b\n\nput txn/a 3\n\n",
                "txn");
        sameWith("version(\"txn/a\") > \"7\"\n\nput txn/a x\n\nget txn/a\nget txn/ --prefix\n\n", "txn", "-w", "json");
        sameWith("create(\"txn/z\") = \"0\"\n\nput txn/z 1\nput txn/z 2\n\n\n", "txn");
        sameWith("\n\n\n", "txn");
    }

    @Test
    void watches() {
        String next = Long.toString(door.store.revision() + 1);
        List<Running> texts = new ArrayList<>();
        List<Running> jsons = new ArrayList<>();
        for (Etcdctl ctl : both) {
            texts.add(ctl.start("", "watch", "watch/", "--prefix", "--prev-kv", "--rev", next));
            jsons.add(ctl.start("", "watch", "watch/a", "--rev", next, "-w", "json"));
        }
        same("put", "watch/a", "1");
        same("put", "watch/a", "2");
        same("put", "watch/b", "1");
        same("del", "watch/a");
        same("put", "watch/end", "end");
        try {
            for (Running text : texts) {
                await().atMost(PATIENCE).until(() -> text.out().contains("watch/end"));
            }
            assertEquals(texts.get(0).out(), texts.get(1).out());
            for (Running json : jsons) {
                await().atMost(PATIENCE).until(() -> events(json.out()).size() == 3);
            }
            assertEquals(events(jsons.get(0).out()), events(jsons.get(1).out()));
        } finally {
            texts.forEach(Running::close);
            jsons.forEach(Running::close);
        }
    }

    /// The events alone: how many come in one response is a matter of timing.
    private static List<String> events(String out) {
        return Pattern.compile("\\{[^{}]*\"kv\":\\{[^}]*}[^{}]*(\"prev_kv\":\\{[^}]*})?}").matcher(out).results()
                .map(found -> normal(found.group())).toList();
    }

    @Test
    void watchThatIsOvertakenByCompaction() {
        same("put", "compacted/a", "1");
        same("put", "compacted/a", "2");
        String revision = Long.toString(door.store.revision());
        same("compaction", revision);
        same("compaction", revision);
        same("compaction", "99999");
        same("watch", "compacted/a", "--rev", "2");
        same("get", "compacted/a", "--rev", "2");
        same("put", "compacted/a", "3");
        same("compaction", "--physical", Long.toString(door.store.revision()));
    }

    @Test
    void leases() {
        same("lease", "list");
        List<String> ids = each(ctl -> ctl.run("lease", "grant", "300").out().replaceAll("lease (\\S+) granted.*\\s*", "$1"));
        sameFor(ids, "lease", "list");
        sameFor(ids, "put", "lease/a", "1", "--lease", "ID");
        sameFor(ids, "put", "lease/b", "1", "--lease", "ID");
        sameFor(ids, "lease", "timetolive", "ID", "--keys");
        sameFor(ids, "lease", "timetolive", "ID");
        sameFor(ids, "lease", "keep-alive", "--once", "ID");
        sameFor(ids, "put", "lease/a", "2", "--ignore-lease");
        sameFor(ids, "get", "lease/a", "-w", "json");
        sameFor(ids, "lease", "revoke", "ID");
        sameFor(ids, "lease", "revoke", "ID");
        sameFor(ids, "lease", "timetolive", "ID");
        sameFor(ids, "lease", "keep-alive", "--once", "ID");
        same("get", "lease/", "--prefix", "-w", "json");
        same("lease", "grant", "9000000001");
    }

    private static void sameFor(List<String> ids, String... args) {
        List<String> shapes = new ArrayList<>();
        for (int i = 0; i < both.size(); i++) {
            String id = ids.get(i);
            String[] own = List.of(args).stream().map(arg -> arg.equals("ID") ? id : arg).toArray(String[]::new);
            // etcd lists a lease's keys in no order
            shapes.add(shape(both.get(i).run(own)).replace(id, "LEASE").replace("lease/b lease/a", "lease/a lease/b"));
        }
        assertEquals(shapes.get(0), shapes.get(1), () -> "etcdctl " + String.join(" ", args));
    }

    @Test
    void locksAndElections() {
        same("lock", "mutex", "echo", "held");
        same("lock", "mutex", "--ttl", "20", "false");
        for (Etcdctl ctl : both) {
            try (Running leader = ctl.start("", "elect", "vote", "first")) {
                await().atMost(PATIENCE).until(() -> leader.out().contains("first"));
                try (Running listener = ctl.start("", "elect", "-l", "vote")) {
                    await().atMost(PATIENCE).until(() -> listener.out().contains("first"));
                    try (Running second = ctl.start("", "elect", "vote", "second")) {
                        leader.process().destroy(); // SIGTERM: it resigns
                        await().atMost(PATIENCE).until(() -> second.out().contains("second"));
                        await().atMost(PATIENCE).until(() -> listener.out().contains("second"));
                    }
                }
            }
        }
        assertTrue(door.metric("shanhai_etcd_requests_total", "method=\"Txn\"") > 0);
    }

    @Test
    void memberAndEndpointCommands() {
        List<String> members = each(ctl -> normal(ctl.run("member", "list", "-w", "json").out()));
        assertEquals(members.get(0).replaceAll("\"name\":\"[^\"]*\"", "NAME").replaceAll("\"peerURLs\":\\[[^\\]]*],", ""),
                members.get(1).replaceAll("\"name\":\"[^\"]*\"", "NAME"));
        same("endpoint", "health");
        same("endpoint", "health", "--cluster");
        // JSON leaves a zero out, and an empty store may use nothing.
        List<String> status = each(ctl -> normal(ctl.run("endpoint", "status", "-w", "json").out())
                .replaceAll(",\"dbSizeInUse\":N", ""));
        assertEquals(status.get(0), status.get(1));
        List<String> fields = each(ctl -> ctl.run("endpoint", "status").out().replaceAll("[^,]", ""));
        assertEquals(fields.get(0), fields.get(1));
        List<String> hash = each(ctl -> normal(ctl.run("endpoint", "hashkv", "-w", "json").out())
                .replaceAll(",\"hash\":N", "").replaceAll(",?\"compact_revision\":-?\\d+", ""));
        assertEquals(hash.get(0), hash.get(1));
        same("alarm", "list");
        same("alarm", "disarm");
        same("defrag");
    }

    @Test
    void snapshotIsSavedAndARealEtcdStartsFromIt() throws Exception {
        same("put", "snapshot/a", "1");
        same("put", "snapshot/a", "2");
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < both.size(); i++) {
            Path file = folder.resolve("snapshot-" + i + ".db");
            Path data = folder.resolve("restored-" + i);
            Outcome saved = both.get(i).run("snapshot", "save", file.toString());
            assertEquals(0, saved.exitCode(), saved.err());
            assertEquals("Snapshot saved at " + file + "\n", saved.out());
            String status = both.get(i).run("snapshot", "status", file.toString()).out();
            seen.add(status.replaceAll("^[0-9a-f]+, (\\d+), .*\\s*", "revision $1")); // hash and size are the file's
            Outcome restored = both.get(i).run("snapshot", "restore", file.toString(), "--data-dir", data.toString());
            assertEquals(0, restored.exitCode(), restored.err());
            try (RealEtcd etcd = new RealEtcd(folder.resolve("restored-log-" + i), data, "--force-new-cluster")) {
                Etcdctl ctl = new Etcdctl(etcd.endpoint(), folder);
                seen.set(i, seen.get(i) + normal(ctl.run("get", "snapshot/a", "-w", "json").out())
                        + ctl.run("get", "snapshot/a", "--rev", Long.toString(door.store.revision() - 1)).out());
            }
        }
        assertEquals(seen.get(0), seen.get(1));
        assertTrue(seen.get(1).contains("snapshot/a\n1"), seen.get(1));
    }

    @Test
    void alarmIsListedAndDisarmed() throws IOException {
        try (TestDoor full = new TestDoor(folder.resolve("full"), EtcdSettings.forTests(), 200_000)) {
            Etcdctl ctl = new Etcdctl(full.endpoint(), folder);
            String value = "v".repeat(50_000);
            Outcome put = ctl.run("put", "k0", value);
            for (int i = 1; i < 50 && put.exitCode() == 0; i++) {
                put = ctl.run("put", "k" + i, value);
            }
            assertTrue(put.err().contains("etcdserver: mvcc: database space exceeded"), put.err());
            assertTrue(ctl.run("alarm", "list").out().matches("memberID:\\d+ alarm:NOSPACE \\n"));
            assertTrue(ctl.run("endpoint", "status").out().contains("memberID:"));
            assertEquals(0, ctl.run("get", "k0").exitCode());
            assertEquals(0, ctl.run("del", "k", "--prefix").exitCode());
            assertEquals(0, ctl.run("compaction", Long.toString(full.store.revision())).exitCode());
            assertTrue(ctl.run("alarm", "disarm").out().contains("alarm:NOSPACE"));
            assertEquals("", ctl.run("alarm", "list").out());
        }
    }

    @Test
    void leaderCannotBeMoved() {
        Outcome moved = both.get(1).run("move-leader", "abc");
        assertTrue(moved.err().contains("etcdserver: bad leader transferee"), moved.err());
    }
}
