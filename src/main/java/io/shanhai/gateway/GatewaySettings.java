package io.shanhai.gateway;

import io.shanhai.settings.DataSize;
import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;
import java.time.Duration;
import java.util.List;

/// Settings of both engines.
@Section(value = "gateway", doc = "The data plane: both HTTP engines and the connections to upstreams.")
public record GatewaySettings(
        @Setting(value = "0.0.0.0", doc = "Address both engines listen on.") String address,
        @Setting(value = "8080", range = "0..65535", unit = "port", doc = "Port of the helidon engine (HTTP/1.1 and HTTP/2). 0 picks a free one.") int port,
        @Setting(value = "8081", range = "0..65535", unit = "port", doc = "Port of the nio engine (HTTP/1.1, fast). 0 picks a free one.") int nioPort,
        @Setting(value = "0", range = "0..64", unit = "threads", doc = "Selector loops of the nio engine. 0 is one per core.") int nioLoops,
        @Setting(value = "16KiB", range = "1KiB..1MiB", doc = "Largest request head. A larger one is answered 431.") DataSize maxHeaderSize,
        @Setting(value = "8KiB", range = "256..64KiB", doc = "Largest request target. A longer one is answered 414.") DataSize maxUriSize,
        @Setting(value = "0", doc = "Largest request body. A larger one is answered 413. 0 is no limit: bodies are streamed.") DataSize maxBodySize,
        @Setting(value = "10000", range = "1..1000000", unit = "connections", doc = "Client connections per engine. Further ones are closed and counted.") int maxConnections,
        @Setting(value = "60s", range = "1s..1h", doc = "A kept client connection without a request is closed after this.") Duration idleTimeout,
        @Setting(value = "10s", range = "100ms..5m", doc = "A request head must be complete within this. Otherwise 408.") Duration headTimeout,
        @Setting(value = "1s", range = "10ms..1m", doc = "Connecting to an upstream.") Duration connectTimeout,
        @Setting(value = "30s", range = "1s..1h", doc = "A kept upstream connection without a request is closed after this.") Duration upstreamIdleTimeout,
        @Setting(value = "256", range = "1..65535", unit = "connections", doc = "Kept idle connections per upstream endpoint and engine.") int upstreamIdleConnections,
        @Setting(value = "20s", range = "0s..10m", doc = "At shutdown, requests in flight have this long to finish.") Duration drainTimeout,
        @Setting(value = "500ms", range = "1ms..1h", doc = "Requests slower than this leave their decisions for explain, sampled or not.") Duration slowRequest,
        @Setting(value = "", doc = "IP addresses, besides loopback, whose x-shanhai-explain header is honoured.") List<String> explainClients) {

    public GatewaySettings {
        explainClients = List.copyOf(explainClients);
    }

    /// The defaults with both engines on free loopback ports, as tests want them.
    public static GatewaySettings forTests() {
        return new GatewaySettings("127.0.0.1", 0, 0, 2, new DataSize(16 * 1024), new DataSize(8 * 1024), new DataSize(0),
                10_000, Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(30), 256,
                Duration.ofSeconds(20), Duration.ofMillis(500), List.of());
    }
}
