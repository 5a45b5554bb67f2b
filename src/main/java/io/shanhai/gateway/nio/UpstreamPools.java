package io.shanhai.gateway.nio;

import io.shanhai.gateway.Endpoint;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// Kept connections of one loop by endpoint address.
final class UpstreamPools {

    private final Loop loop;
    private final int keptPerEndpoint;
    private final Map<String, ArrayDeque<UpstreamConnection>> idle = new HashMap<>();

    /// @param keptPerEndpoint further ones are closed when their exchange ends
    UpstreamPools(Loop loop, int keptPerEndpoint) {
        this.loop = loop;
        this.keptPerEndpoint = keptPerEndpoint;
    }

    /// The kept connection used last, null when there is none: those used least grow old and are closed.
    UpstreamConnection take(Endpoint endpoint) {
        ArrayDeque<UpstreamConnection> kept = idle.get(endpoint.address());
        UpstreamConnection latest = kept == null ? null : kept.pollLast();
        if (latest != null) {
            loop.parts().upstreams().reused();
        }
        return latest;
    }

    /// Keeps the connection, or closes it when there are enough.
    void give(UpstreamConnection connection) {
        ArrayDeque<UpstreamConnection> kept = idle.computeIfAbsent(connection.address(), _ -> new ArrayDeque<>());
        if (kept.size() >= keptPerEndpoint || loop.isDraining()) {
            connection.close();
            return;
        }
        kept.addLast(connection);
        loop.parts().upstreams().rests();
        loop.wheel().schedule(connection, loop.now() + loop.parts().settings().upstreamIdleTimeout().toNanos());
    }

    /// An idle connection is being closed.
    void forget(UpstreamConnection connection) {
        ArrayDeque<UpstreamConnection> kept = idle.get(connection.address());
        if (kept != null) {
            if (kept.remove(connection)) {
                loop.parts().upstreams().forgotten();
            }
            if (kept.isEmpty()) {
                idle.remove(connection.address()); // endpoints come and go: their names must not pile up
            }
        }
    }
}
