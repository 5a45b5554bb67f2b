package io.shanhai.registry;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What an instance says of itself.
///
/// @param ttl how long it lives without a heartbeat, whole seconds; empty: until it is deregistered
/// @param weight share of traffic relative to its pool, 0..10000; 0 gets none
/// @param zone where it runs, `""` when unsaid
/// @param tags for matching; sorted, at most 64
/// @param metadata for people and clients; sorted, at most 64
public record InstanceSpec(Optional<Duration> ttl, int weight, String zone, SortedMap<String, String> tags,
        SortedMap<String, String> metadata) {

    public static final Duration DEFAULT_TTL = Duration.ofSeconds(10);
    public static final int DEFAULT_WEIGHT = 100;
    public static final int MAX_WEIGHT = 10_000;
    private static final int MAX_ENTRIES = 64;
    private static final Duration MAX_TTL = Duration.ofDays(365);

    /// Lives 10 s without a heartbeat, has weight 100.
    public static final InstanceSpec DEFAULT = new InstanceSpec(Optional.of(DEFAULT_TTL), DEFAULT_WEIGHT, "", Map.of(), Map.of());

    public InstanceSpec(Optional<Duration> ttl, int weight, String zone, Map<String, String> tags, Map<String, String> metadata) {
        this(ttl, weight, zone, new TreeMap<>(tags), new TreeMap<>(metadata));
    }

    public InstanceSpec {
        Objects.requireNonNull(zone, "zone");
        if (weight < 0 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("weight: " + weight + " (expected: 0.." + MAX_WEIGHT + ")");
        }
        if (ttl.isPresent() && (ttl.get().compareTo(Duration.ofSeconds(1)) < 0 || ttl.get().compareTo(MAX_TTL) > 0)) {
            throw new IllegalArgumentException("ttl: " + ttl.get().toMillis() + "ms (expected: 1s..365d, or \"none\")");
        }
        if (tags.size() > MAX_ENTRIES || metadata.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException("tags and metadata: " + tags.size() + " and " + metadata.size()
                    + " entries (expected: at most " + MAX_ENTRIES + " each)");
        }
        tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
        metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
    }
}
