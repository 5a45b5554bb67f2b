package io.shanhai.store.etcd;

import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;
import io.shanhai.settings.WrongSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Settings of a store in an outside etcd. Files are looked at when the settings are read: `shanhai check` finds a
/// wrong path.
@Section(value = "store.etcd", doc = "An etcd of your own as the store, in place of the embedded one: see docs/etcd-store.md.")
public record EtcdStoreSettings(
        @Setting(value = "", doc = "Client URLs of the etcd members, such as http://10.0.0.1:2379; all of them http or all https. Empty: the embedded store is used.") List<String> endpoints,
        @Setting(value = "", doc = "User of an etcd with authentication. Its role needs readwrite on the prefix /.") String user,
        @Setting(value = "", doc = "File whose first line is the user's password.") String passwordFile,
        @Setting(value = "", doc = "PEM file of the authorities that may sign etcd's certificate. Empty: those the JDK trusts.") String caFile,
        @Setting(value = "", doc = "PEM file with this node's certificate, for an etcd that demands one of its clients.") String certFile,
        @Setting(value = "", doc = "PEM file (PKCS#8) with the key of cert-file.") String keyFile,
        @Setting(value = "3s", range = "100ms..1m", doc = "Longest time for a connection to come about; also how long a silent one is trusted after it was asked for a sign of life.") Duration connectTimeout,
        @Setting(value = "2s", range = "100ms..1m", doc = "Longest time for one call. A write that takes longer is answered 503: whether etcd made it is then unknown.") Duration callTimeout,
        @Setting(value = "1m", range = "0s..1h", doc = "How long a start waits for etcd. After that it ends with an error.") Duration startTimeout) {

    /// @throws WrongSettings with everything that is wrong
    public EtcdStoreSettings {
        endpoints = List.copyOf(endpoints);
        Map<String, String> wrong = new LinkedHashMap<>();
        try {
            Endpoint.parse(endpoints);
        } catch (IllegalArgumentException e) {
            wrong.put("endpoints", e.getMessage());
        }
        if (user.isEmpty() != passwordFile.isEmpty()) {
            wrong.put(user.isEmpty() ? "passwordFile" : "user", "needs " + (user.isEmpty() ? "user" : "password-file") + " too");
        }
        if (certFile.isEmpty() != keyFile.isEmpty()) {
            wrong.put(certFile.isEmpty() ? "keyFile" : "certFile", "needs " + (certFile.isEmpty() ? "cert-file" : "key-file")
                    + " too");
        }
        mustBeReadable("passwordFile", passwordFile, wrong);
        mustBeReadable("caFile", caFile, wrong);
        mustBeReadable("certFile", certFile, wrong);
        mustBeReadable("keyFile", keyFile, wrong);
        boolean tlsFiles = !caFile.isEmpty() || !certFile.isEmpty();
        if (tlsFiles && endpoints.stream().anyMatch(endpoint -> !endpoint.startsWith("https:"))) {
            wrong.putIfAbsent("endpoints", "have no TLS, but ca-file or cert-file is set (expected: https://host:2379)");
        }
        if (!wrong.isEmpty()) {
            throw new WrongSettings(wrong);
        }
    }

    private static void mustBeReadable(String name, String file, Map<String, String> wrong) {
        if (!file.isEmpty() && !Files.isReadable(Path.of(file))) {
            wrong.put(name, "\"" + file + "\" cannot be read (expected: a readable file)");
        }
    }

    /// Whether an outside etcd is to be used at all.
    public boolean isChosen() {
        return !endpoints.isEmpty();
    }

    /// The defaults for these endpoints.
    public static EtcdStoreSettings of(List<String> endpoints) {
        return new EtcdStoreSettings(endpoints, "", "", "", "", "", Duration.ofSeconds(3), Duration.ofSeconds(2),
                Duration.ofMinutes(1));
    }
}
