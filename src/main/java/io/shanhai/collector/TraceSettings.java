package io.shanhai.collector;

import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;

/// Which requests leave spans, and how many may wait for the collector. They live here because `trace` itself depends on
/// nothing; the start-up recipe hands the values down.
@Section(value = "trace", doc = "Which requests are traced, and the rings their spans and decisions leave by.")
public record TraceSettings(
        @Setting(value = "0.1", range = "0.0..1.0", doc = "Share of the traces started here that are sampled. A caller's own sampled flag is always honoured.") double sampleRate,
        @Setting(value = "16384", range = "16..1048576", unit = "spans", doc = "Finished spans waiting for the collector, rounded up to a power of two. When it is full the newest is dropped and counted.") int spanRing,
        @Setting(value = "32768", range = "16..1048576", unit = "decisions", doc = "Decisions waiting for the collector, rounded up to a power of two. When it is full the newest is dropped and counted.") int decisionRing) {

    public TraceSettings {
        if (!(sampleRate >= 0 && sampleRate <= 1)) {
            throw new IllegalArgumentException("sampleRate: " + sampleRate + " (expected: 0.0..1.0)");
        }
        if (spanRing < 1 || decisionRing < 1) {
            throw new IllegalArgumentException("spanRing: " + spanRing + ", decisionRing: " + decisionRing + " (expected: >= 1)");
        }
    }

    /// Every trace sampled, rings of the default size, as tests want them.
    public static TraceSettings forTests() {
        return new TraceSettings(1.0, 16_384, 32_768);
    }
}
