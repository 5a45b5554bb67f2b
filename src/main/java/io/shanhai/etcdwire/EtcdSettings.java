package io.shanhai.etcdwire;

import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;
import java.time.Duration;

/// Settings of the etcd door.
@Section(value = "etcd", doc = "The etcd door: the store served to etcd v3 clients, gRPC and JSON on one port.")
public record EtcdSettings(
        @Setting(value = "127.0.0.1", doc = "Address to listen on. On loopback clients need no password; on any other address every request does.") String address,
        @Setting(value = "2379", range = "0..65535", unit = "port", doc = "Port for clients. 0 picks a free one. When the default is in use the door is skipped; when a port set here is, the start fails.") int clientPort,
        @Setting(value = "", doc = "Client URL that the member list names; empty: made of address and port.") String advertiseUrl,
        @Setting(value = "", doc = "File with one NAME:PASSWORD a line. Set, it is demanded on loopback too. When none is set and one is demanded, user root gets a generated password in the data folder.") String usersFile,
        @Setting(value = "", doc = "File whose first line is a token that is good for every request, without a user.") String tokenFile,
        @Setting(value = "", doc = "Certificate chain, PEM. Set together with tls-key-file, the door speaks TLS only.") String tlsCertFile,
        @Setting(value = "", doc = "Private key of the certificate, PKCS 8 PEM.") String tlsKeyFile,
        @Setting(value = "1", range = "1..16", unit = "threads", doc = "Event loops. They parse, answer single-key reads and write; nothing that blocks runs on them.") int loops,
        @Setting(value = "2000", range = "1..1000000", unit = "connections", doc = "Client connections. Further ones are closed and counted.") int maxConnections,
        @Setting(value = "4096", range = "1..100000", unit = "requests", doc = "Writes, ranges and maintenance requests at a time. Further ones are refused with \"too many requests\".") int maxRequests,
        @Setting(value = "4096", range = "1..100000", unit = "calls", doc = "Calls that wait for a lock or an election, and observers, at a time. Further ones are refused.") int maxWaiting,
        @Setting(value = "50000", range = "1..1000000", unit = "watches", doc = "Watches. Further ones are cancelled at once, with the reason.") int maxWatches,
        @Setting(value = "10m", range = "100ms..24h", doc = "A watch that asked for it and is quiet for this long hears how far it is.") Duration progressInterval,
        @Setting(value = "60s", range = "1s..1h", doc = "An HTTP/1.1 connection without a complete request for this long, or whose reader takes nothing, is closed.") Duration idleTimeout) {

    /// Whether the room is there at all.
    @Section(value = "rooms.etcd", doc = "The etcd door as a room that can be left out.")
    public record Room(@Setting(value = "true", doc = "Start the etcd door.") boolean enabled) {}

    public EtcdSettings {
        if (tlsCertFile.isEmpty() != tlsKeyFile.isEmpty()) {
            throw new IllegalArgumentException("etcd.tls-cert-file and etcd.tls-key-file are set together or not at all");
        }
    }

    /// The defaults on a free loopback port, as tests want them.
    public static EtcdSettings forTests() {
        return new EtcdSettings("127.0.0.1", 0, "", "", "", "", "", 1, 2000, 4096, 4096, 50_000, Duration.ofMinutes(10),
                Duration.ofSeconds(60));
    }

    boolean isTls() {
        return !tlsCertFile.isEmpty();
    }
}
