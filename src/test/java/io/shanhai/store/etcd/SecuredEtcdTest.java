package io.shanhai.store.etcd;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.store.Bytes;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS with certificates on both ends, and authentication, against a real etcd.
@Timeout(60)
class SecuredEtcdTest {

    @TempDir
    Path folder;
    private RealEtcd etcd;
    private EtcdStore store;

    @AfterEach
    void close() {
        if (store != null) {
            store.close();
        }
        if (etcd != null) {
            etcd.close();
        }
    }

    private EtcdStoreSettings settings(String user, String ca, String certificate) throws IOException {
        Path password = Files.writeString(folder.resolve("password"), "s3cret\n");
        return new EtcdStoreSettings(etcd.endpoints(), user, user.isEmpty() ? "" : password.toString(), ca,
                certificate.isEmpty() ? "" : certificate + ".crt", certificate.isEmpty() ? "" : certificate + ".key",
                Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ZERO);
    }

    private String refusal(EtcdStoreSettings settings) {
        StoreException refused = assertThrows(StoreException.class, () -> EtcdStores.open(folder, settings));
        assertEquals(Code.UNAVAILABLE, refused.code());
        return refused.detail();
    }

    /// @param more flags for every call of etcdctl
    private void enableAuth(String... more) throws Exception {
        List<List<String>> commands = List.of(List.of("user", "add", "root:r00t"), List.of("user", "grant-role", "root", "root"),
                List.of("user", "add", "shanhai:s3cret"), List.of("role", "add", "node"),
                List.of("role", "grant-permission", "node", "readwrite", "/", "--prefix"),
                List.of("user", "grant-role", "shanhai", "node"), List.of("auth", "enable"));
        for (List<String> command : commands) {
            List<String> all = new ArrayList<>(List.of(more));
            all.addAll(command);
            etcd.etcdctl(all.toArray(String[]::new));
        }
    }

    private long put(String key, String value) {
        return store.commit(Txn.of(Op.put(Bytes.utf8(key), Bytes.utf8(value)))).revision();
    }

    @Test
    void bothEndsShowACertificateAndAWrongOneIsNamed() throws Exception {
        Certificates ours = new Certificates(folder, "ours").issue("server").issue("client");
        Certificates others = new Certificates(folder, "others").issue("stranger");
        etcd = RealEtcd.startTls("--cert-file", ours.path("server.crt"), "--key-file", ours.path("server.key"),
                "--client-cert-auth", "--trusted-ca-file", ours.authorityFile());
        store = EtcdStores.open(folder, settings("", ours.authorityFile(), ours.path("client")));
        assertEquals(2, put("/a", "1"));
        String untrusted = refusal(settings("", others.authorityFile(), ours.path("client")));
        assertTrue(untrusted.contains("certification path"), untrusted);
        String unknown = refusal(settings("", ours.authorityFile(), others.path("stranger")));
        assertTrue(unknown.contains("certificate"), unknown);
        String none = refusal(settings("", ours.authorityFile(), ""));
        assertTrue(none.contains("certificate"), none);
    }

    @Test
    void fileThatIsNoCertificateStopsTheStart() throws Exception {
        Certificates ours = new Certificates(folder, "ours").issue("server");
        etcd = RealEtcd.startTls("--cert-file", ours.path("server.crt"), "--key-file", ours.path("server.key"));
        String nonsense = Files.writeString(folder.resolve("nonsense.pem"), "hello").toString();
        String refusal = refusal(settings("", nonsense, ""));
        assertTrue(refusal.contains("ca-file, cert-file or key-file cannot be used"), refusal);
    }

    @Test
    void userAndPasswordOpenWhatTheirRoleCovers() throws Exception {
        etcd = RealEtcd.start();
        enableAuth();
        store = EtcdStores.open(folder, settings("shanhai", "", ""));
        assertEquals(2, put("/a", "1"));
        assertEquals(2, store.revision());
        assertEquals(0, store.compactedRevision());
        store.grant(7, 60);
        assertEquals(List.of(7L), store.leases());
        StoreException denied = assertThrows(StoreException.class, () -> put("elsewhere", "1"));
        assertTrue(denied.detail().contains("readwrite on the prefix /"), denied.detail());
        StoreException unheard = assertThrows(StoreException.class,
                () -> store.watch(WatchRequest.prefix(Bytes.EMPTY, 0), new Told()));
        assertTrue(unheard.detail().contains("permission denied"), unheard.detail());
        assertTrue(store.trouble().isEmpty(), "refused is not away: " + store.trouble());
    }

    @Test
    void wrongPasswordAndMissingUserAreNamed() throws Exception {
        etcd = RealEtcd.start();
        enableAuth();
        String anonymous = refusal(settings("", "", ""));
        assertTrue(anonymous.contains("set store.etcd.user and password-file"), anonymous);
        EtcdStoreSettings settings = settings("shanhai", "", "");
        Files.writeString(folder.resolve("password"), "guessed\n");
        String wrong = refusal(settings);
        assertTrue(wrong.contains("invalid user ID or password") && wrong.contains("\"shanhai\""), wrong);
    }

    @Test
    void userOfAnEtcdWithoutAuthenticationIsNamed() throws Exception {
        etcd = RealEtcd.start();
        store = EtcdStores.open(folder, settings("shanhai", "", ""));
        assertEquals(2, put("/a", "1"), "nobody asks for the user");
    }

    /// etcd keeps simple tokens in memory: after its restart every one of them is unknown.
    @Test
    void tokenThatEtcdForgotIsRenewedForCallsAndWatches() throws Exception {
        Certificates ours = new Certificates(folder, "ours").issue("server");
        etcd = RealEtcd.startTls("--cert-file", ours.path("server.crt"), "--key-file", ours.path("server.key"));
        enableAuth("--cacert", ours.authorityFile());
        store = EtcdStores.open(folder, settings("shanhai", ours.authorityFile(), ""));
        Told told = new Told();
        store.watch(WatchRequest.prefix(Bytes.utf8("/"), 0), told);
        put("/a", "1"); // 2
        etcd.kill();
        etcd.restart();
        await().until(() -> store.trouble().isEmpty());
        put("/a", "2"); // 3
        await().until(() -> told.revisions.size() == 2);
        assertEquals(List.of(2L, 3L), told.revisions);
        assertEquals("2", store.range(RangeRequest.key(Bytes.utf8("/a"))).kvs().getFirst().value().text());
    }

    private static final class Told implements Watch.Listener {

        private final List<Long> revisions = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void onEvents(long revision, List<Watch.Event> events) {
            revisions.add(revision);
        }

        @Override
        public void onCompacted(long compactedRevision) {
            throw new AssertionError("nothing is compacted");
        }
    }
}
