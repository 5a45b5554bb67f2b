package io.shanhai.store;

import io.shanhai.settings.DataSize;
import io.shanhai.settings.Section;
import io.shanhai.settings.Setting;
import java.time.Duration;

/// Settings of the embedded store.
@Section(value = "store", doc = "The embedded store: its write-ahead log, its index and its history.")
public record StoreSettings(
        @Setting(value = "8MiB", range = "64KiB..1GiB", doc = "Size of a log segment, preallocated. A commit that is larger gets a segment of its own size.") DataSize segmentSize,
        @Setting(value = "5s", range = "100ms..10m", doc = "How often the index is written down. Recovery replays at most the log written since.") Duration checkpointInterval,
        @Setting(value = "1h", range = "0s..8760h", doc = "History older than this is compacted. 0 keeps it until somebody compacts.") Duration historyRetention,
        @Setting(value = "1536KiB", range = "1KiB..64MiB", doc = "Largest transaction. A larger one is refused. The default is etcd's.") DataSize maxRequestSize,
        @Setting(value = "1s", range = "1s..1h", doc = "Shortest time to live of a lease. A shorter one is raised to it.") Duration minLeaseTtl,
        @Setting(value = "16MiB", range = "1MiB..16GiB", doc = "Memory for index pages that are on disk already.") DataSize indexCache,
        @Setting(value = "2GiB", range = "0..1048576GiB", doc = "Most bytes the store may hold, history included. A write that would exceed it raises the alarm NOSPACE, and until it is disarmed writes that may grow the store are refused. 0 is no quota. The default is etcd's.") DataSize quota,
        @Setting(value = "0s", range = "0s..8760h", doc = "How often a backup is made. 0 makes none; `shanhai store backup` makes one at any time.") Duration backupInterval,
        @Setting(value = "", doc = "Folder for scheduled backups, best on another disk. When not set, backups in the data folder.") String backupFolder,
        @Setting(value = "7", range = "1..10000", unit = "files", doc = "Scheduled backups that are kept; older ones are deleted.") int backupKeep) {

    public StoreSettings {
        if (segmentSize.bytes() < 64 * 1024 || segmentSize.bytes() > 1 << 30) {
            throw new IllegalArgumentException("segmentSize: " + segmentSize.bytes() + " (expected: 64KiB..1GiB)");
        }
        if (checkpointInterval.isNegative() || checkpointInterval.isZero()) {
            throw new IllegalArgumentException("checkpointInterval: " + checkpointInterval + " (expected: > 0)");
        }
        if (historyRetention.isNegative()) {
            throw new IllegalArgumentException("historyRetention: " + historyRetention + " (expected: >= 0)");
        }
        if (backupKeep < 1) {
            throw new IllegalArgumentException("backupKeep: " + backupKeep + " (expected: >= 1)");
        }
        if (minLeaseTtl.toSeconds() < 1) {
            throw new IllegalArgumentException("minLeaseTtl: " + minLeaseTtl + " (expected: >= 1s)");
        }
    }

    public static StoreSettings defaults() {
        return new StoreSettings(new DataSize(8 << 20), Duration.ofSeconds(5), Duration.ofHours(1),
                new DataSize(1536 * 1024), Duration.ofSeconds(1), new DataSize(16 << 20), new DataSize(2L << 30), Duration.ZERO,
                "", 7);
    }
}
