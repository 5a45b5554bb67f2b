package io.shanhai.registry;

import java.time.Instant;
import java.util.List;

/// A service at one moment. Immutable.
///
/// @param revision of the last change to this service, 0 when it never had an instance
/// @param instances by address
/// @param departed who left last, newest first, at most [#MAX_DEPARTED]: so that an answer can say why an instance is missing
public record ServiceView(String service, long revision, List<Instance> instances, List<Departure> departed) {

    public static final int MAX_DEPARTED = 8;

    /// @param why `deregistered`, `lease 7 expired or was revoked`, `deleted`
    public record Departure(String address, long revision, Instant at, String why) {}

    public ServiceView {
        instances = List.copyOf(instances);
        departed = List.copyOf(departed);
    }
}
