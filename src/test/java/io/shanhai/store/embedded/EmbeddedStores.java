package io.shanhai.store.embedded;

import io.shanhai.metrics.Metrics;
import io.shanhai.metrics.PlainMetrics;
import io.shanhai.settings.DataSize;
import io.shanhai.store.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;

/// Opens embedded stores for tests: small segments, so that roll-over happens often.
public final class EmbeddedStores {

    private EmbeddedStores() {}

    static StoreSettings settings(Duration checkpointInterval) {
        return new StoreSettings(new DataSize(256 * 1024), checkpointInterval, Duration.ZERO, new DataSize(1536 * 1024),
                Duration.ofSeconds(1), new DataSize(4 << 20), new DataSize(0), Duration.ZERO, "", 7);
    }

    static EmbeddedStore open(Path folder) {
        return open(folder, new LocalDisk(), new PlainMetrics());
    }

    public static EmbeddedStore open(Path folder, Duration checkpointInterval) {
        return open(folder, new LocalDisk(), new PlainMetrics(), checkpointInterval);
    }

    /// Without checkpoints while it runs: what it knows after a crash it has from the log.
    static EmbeddedStore open(Path folder, Disk disk, Metrics metrics) {
        return open(folder, disk, metrics, Duration.ofHours(1));
    }

    static EmbeddedStore open(Path folder, Disk disk, Metrics metrics, Duration checkpointInterval) {
        EmbeddedStore store = new EmbeddedStore(folder, settings(checkpointInterval), metrics, disk, System::nanoTime);
        store.start();
        return store;
    }
}
