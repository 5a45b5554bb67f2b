package io.shanhai.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.settings.Problem;
import io.shanhai.settings.Settings;
import io.shanhai.settings.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is accepted as an outside etcd, and where each mistake is reported.
class EtcdStoreSettingsTest {

    @TempDir
    Path folder;

    private EtcdStoreSettings read(String yaml) throws Exception {
        Path file = Files.writeString(folder.resolve("s.yaml"), yaml);
        return Settings.load(List.of(EtcdStoreSettings.class), file, Map.of(), List.of(), 0).section(EtcdStoreSettings.class);
    }

    private List<Problem> problems(String yaml) {
        return assertThrows(SettingsException.class, () -> read(yaml)).problems();
    }

    @Test
    void withoutEndpointsTheEmbeddedStoreIsMeant() throws Exception {
        assertFalse(read("").isChosen());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://a:2379", "https://10.0.0.1", "http://[::1]:2379", "http://a:1, http://b:2/"})
    void endpointsAreUrlsOfHosts(String endpoints) throws Exception {
        assertTrue(read("store:\n  etcd:\n    endpoints: \"" + endpoints + "\"\n").isChosen());
    }

    @Test
    void portMayBeLeftOut() {
        assertEquals(List.of(new Endpoint("[::1]", 2379, true), new Endpoint("a", 1, true)),
                Endpoint.parse(List.of("https://[::1]", "https://a:1/")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:2379", "127.0.0.1:2379", "ftp://a", "http://", "http://a:0", "http://a:65536", "http://a/v3",
            "http://u:p@a:1", "http://a b", "http://a:1, https://b:1"})
    void whatIsNoEndpointIsReportedAtItsPlace(String endpoints) {
        List<Problem> problems = problems("store:\n  etcd:\n    endpoints: \"" + endpoints + "\"\n");
        assertEquals(1, problems.size(), problems::toString);
        assertTrue(problems.getFirst().toString().contains("s.yaml:3:16: store.etcd.endpoints: "), problems::toString);
    }

    @Test
    void everyMistakeHasItsOwnPlace() {
        List<String> problems = problems("""
                store:
                  etcd:
                    endpoints: http://a:1
                    user: me
                    ca-file: /there/is/no/such.pem
                    key-file: /there/is/no/key.pem
                """).stream().map(Problem::toString).toList();
        assertEquals(4, problems.size(), problems::toString);
        assertTrue(problems.stream().anyMatch(p -> p.contains(":4:11: store.etcd.user: needs password-file")),
                problems::toString);
        assertTrue(problems.stream().anyMatch(p -> p.contains(":5:14: store.etcd.ca-file: ")), problems::toString);
        assertTrue(problems.stream().anyMatch(p -> p.contains(":6:15: store.etcd.key-file: ")), problems::toString);
        assertTrue(problems.stream().anyMatch(p -> p.contains(":3:16: store.etcd.endpoints: have no TLS")), problems::toString);
    }
}
