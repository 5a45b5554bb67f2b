package io.shanhai.admin;

import java.time.Duration;
import java.util.Map;

/// What `/v1/status` tells about the node; filled by `Appliance`. Every method is safe for all threads and quick.
public interface NodeFacts {

    String version();

    String node();

    /// Counts the store's lives: a revision belongs to an epoch.
    long epoch();

    /// The store's revision.
    long revision();

    /// The revision of the Plan that is served, 0 when there is none yet.
    long servedRevision();

    Duration uptime();

    /// The ports the node listens on, by door or engine.
    Map<String, Integer> ports();
}
