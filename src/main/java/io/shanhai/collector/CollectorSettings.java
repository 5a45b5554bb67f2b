package io.shanhai.collector;

import io.shanhai.settings.DataSize;
import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;

/// How much the collector keeps.
@Section(value = "collector", doc = "The traces and decisions kept in memory for search and explain.")
public record CollectorSettings(
        @Setting(value = "100000", range = "1..10000000", unit = "spans", doc = "Spans kept. When there are more, the oldest trace is forgotten and counted.") int maxSpans,
        @Setting(value = "32MiB", range = "64KiB..16GiB", doc = "Heap for traces and decisions, estimated. When there is more, the oldest trace is forgotten and counted.") DataSize maxMemory,
        @Setting(value = "1000", range = "1..100000", unit = "spans", doc = "Spans kept of one trace, and as many decisions. Further ones are dropped and counted, so that one runaway trace does not push out all others.") int maxPerTrace) {

    public CollectorSettings {
        if (maxSpans < 1 || maxPerTrace < 1) {
            throw new IllegalArgumentException("maxSpans: " + maxSpans + ", maxPerTrace: " + maxPerTrace + " (expected: >= 1)");
        }
    }

    /// The defaults.
    public static CollectorSettings forTests() {
        return new CollectorSettings(100_000, new DataSize(32 << 20), 1_000);
    }
}
