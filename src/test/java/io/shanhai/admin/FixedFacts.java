package io.shanhai.admin;

import java.time.Duration;
import java.util.Map;

/// A node at revision 42 that serves 41.
record FixedFacts() implements NodeFacts {

    @Override
    public String version() {
        return "0.1.0";
    }

    @Override
    public String node() {
        return "node-1";
    }

    @Override
    public long epoch() {
        return 1;
    }

    @Override
    public long revision() {
        return 42;
    }

    @Override
    public long servedRevision() {
        return 41;
    }

    @Override
    public Duration uptime() {
        return Duration.ofMillis(1500);
    }

    @Override
    public Map<String, Integer> ports() {
        return Map.of("admin", 9080);
    }
}
