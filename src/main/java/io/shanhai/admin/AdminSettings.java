package io.shanhai.admin;

import io.shanhai.settings.DataSize;
import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;
import java.time.Duration;

/// Settings of the admin door.
@Section(value = "admin", doc = "The admin door: JSON API, health, metrics.")
public record AdminSettings(
        @Setting(value = "127.0.0.1", doc = "Address to listen on. On loopback, local requests need no token; on any other address every request but health checks does.") String address,
        @Setting(value = "9080", range = "0..65535", unit = "port", doc = "Port of the admin door. 0 picks a free one.") int port,
        @Setting(value = "", doc = "Bearer token that opens the door. Prefer the environment (SHANHAI_ADMIN_TOKEN) or token-file: a settings file is easily read by others.") String token,
        @Setting(value = "", doc = "File whose first line is the bearer token. When neither token nor token-file is set and a token is demanded, one is generated into the data folder.") String tokenFile,
        @Setting(value = "true", doc = "On a loopback address, let local requests in without a token.") boolean anonymous,
        @Setting(value = "4MiB", range = "1KiB..64MiB", doc = "Largest request body. A larger one is answered 413.") DataSize maxBodySize,
        @Setting(value = "1000", range = "1..100000", unit = "connections", doc = "Open connections. Further ones wait in the listen backlog until one ends.") int maxConnections,
        @Setting(value = "60s", range = "1s..1h", doc = "A connection without a request for this long, or whose request is not complete within it, is closed.") Duration idleTimeout,
        @Setting(value = "256", range = "1..10000", unit = "streams", doc = "Open event streams (?watch=true). Further ones are answered 503.") int maxStreams,
        @Setting(value = "15s", range = "100ms..5m", doc = "A quiet event stream sends a comment this often, so that dead connections are noticed.") Duration streamHeartbeat,
        @Setting(value = "30s", range = "100ms..10m", doc = "An event stream whose reader takes nothing for this long is cut off.") Duration streamStall) {

    /// The defaults on a free loopback port, as tests want them.
    public static AdminSettings forTests() {
        return new AdminSettings("127.0.0.1", 0, "", "", true, new DataSize(4 << 20), 1000, Duration.ofSeconds(60), 256,
                Duration.ofSeconds(15), Duration.ofSeconds(30));
    }
}
