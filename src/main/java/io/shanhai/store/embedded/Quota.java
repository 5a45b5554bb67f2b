package io.shanhai.store.embedded;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.Maintenance.Alarm;
import io.shanhai.store.Maintenance.Size;
import io.shanhai.store.StoreException;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How much the store may hold, and the alarms there are. The rules are etcd's: a write that may grow the store raises
/// the alarm NOSPACE when it would exceed the quota, and from then on all such writes fail until somebody disarms it.
/// Unlike etcd's, the measure is what the file holds, not how long it is: free space in the file is used again by itself.
///
/// Thread safety: all threads; [#apply(Map)] and [#wrote(long)] are for the leader of [Committer].
final class Quota {

    private static final Logger LOG = LoggerFactory.getLogger(Quota.class);

    private final long quotaBytes;
    private final Index index;
    private final Counter raises;
    private final Counter refusals;
    /// What the file held when it was last measured.
    private volatile long measured;
    /// Bytes committed since. An estimate of what they will take in the file: a put that replaces a value takes less.
    private final AtomicLong since = new AtomicLong();
    private volatile Set<Alarm> alarms;

    /// Raises an alarm durably.
    interface Raising {
        void raise(Alarm alarm);
    }

    /// @param quotaBytes 0 for no quota
    Quota(long quotaBytes, Index index, Metrics metrics) {
        this.quotaBytes = quotaBytes;
        this.index = index;
        this.alarms = Set.copyOf(index.alarms());
        this.measured = index.inUseBytes();
        this.raises = metrics.counter("shanhai_store_alarms_raised_total", "Alarms raised.");
        this.refusals = metrics.counter("shanhai_store_quota_refusals_total", "Writes refused because of the quota.");
        for (Alarm alarm : Alarm.values()) {
            metrics.gauge("shanhai_store_alarm", "1 while the alarm is raised.", () -> alarms.contains(alarm) ? 1 : 0,
                    "alarm", alarm.name());
        }
        metrics.gauge("shanhai_store_quota_bytes", "Bytes the index may hold; 0 for no quota.", () -> quotaBytes);
        metrics.gauge("shanhai_store_used_bytes", "Bytes of the index that hold something.", this::used);
        metrics.gauge("shanhai_store_file_bytes", "Bytes of the index file.", index::fileBytes);
        alarms.forEach(alarm -> LOG.warn("alarm {} is still raised: {}", alarm, explain(alarm)));
    }

    Set<Alarm> alarms() {
        return alarms;
    }

    Size size() {
        return new Size(index.fileBytes(), used(), quotaBytes);
    }

    private long used() {
        return measured + since.get();
    }

    /// Lets a write pass that grows the store by about this much, or refuses it.
    ///
    /// @param growth 0 for one that cannot grow it; such writes always pass
    void admit(long growth, Raising raising) {
        if (growth == 0) {
            return;
        }
        requireNoAlarm();
        if (!hasRoom(growth)) {
            raising.raise(Alarm.NOSPACE);
            throw refusal();
        }
    }

    /// Whether [#admit] lets it pass without raising an alarm.
    boolean hasRoom(long growth) {
        return growth == 0 || quotaBytes == 0 || used() + growth < quotaBytes;
    }

    /// Again, when its turn has come: the alarm may have been raised while it waited.
    void recheck(long growth) {
        if (growth > 0) {
            requireNoAlarm();
        }
    }

    private void requireNoAlarm() {
        if (alarms.contains(Alarm.NOSPACE)) {
            throw refusal();
        }
    }

    private StoreException refusal() {
        refusals.increment();
        return new StoreException(StoreException.Code.NO_SPACE, explain(Alarm.NOSPACE), null);
    }

    /// What the raised alarms mean; empty when there is none.
    Optional<String> warning() {
        return alarms.stream().sorted().findFirst().map(this::explain);
    }

    private String explain(Alarm alarm) {
        return switch (alarm) {
            case NOSPACE -> "the store holds " + used() + " bytes of its quota of " + quotaBytes
                    + " (setting store.quota); writes that may grow it are refused, reads and deletes go on. Delete keys or "
                    + "compact history, or raise the quota; then disarm the alarm NOSPACE";
            case CORRUPT -> "bytes that had been synced are damaged. Stop the process, check the folder with `shanhai store "
                    + "verify`, restore it from a backup; then disarm the alarm CORRUPT";
        };
    }

    /// The commit that raises or disarms these is durable.
    void apply(Map<Alarm, Boolean> changes) {
        if (changes.isEmpty()) {
            return;
        }
        Set<Alarm> next = EnumSet.noneOf(Alarm.class);
        next.addAll(alarms);
        changes.forEach((alarm, raised) -> {
            boolean changed = raised ? next.add(alarm) : next.remove(alarm);
            if (changed && raised) {
                raises.increment();
                LOG.warn("alarm {} raised: {}", alarm, explain(alarm));
            } else if (changed) {
                LOG.info("alarm {} disarmed", alarm);
            }
        });
        alarms = Set.copyOf(next);
    }

    /// A commit of this size went into the log.
    void wrote(long bytes) {
        since.addAndGet(bytes);
    }

    /// Looks again; `step` writes the index down.
    void measureAfter(Measured step) throws IOException {
        long before = since.get();
        step.run();
        measured = index.inUseBytes();
        since.addAndGet(-before);
    }

    interface Measured {
        void run() throws IOException;
    }
}
