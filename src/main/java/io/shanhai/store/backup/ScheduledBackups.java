package io.shanhai.store.backup;

import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.Maintenance;
import io.shanhai.store.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a backup of the store now and then and keeps the newest few, on one thread of its own. When the last one is older
/// than the interval, after a time of standing still for example, the next one is made at once.
///
/// Thread safety: all threads, between [#start()] and [#close()].
public final class ScheduledBackups implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledBackups.class);

    private static final String SUFFIX = ".backup";
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("'shanhai-'yyyyMMdd'T'HHmmss.SSS'Z'")
            .withZone(ZoneOffset.UTC); // sorts by time
    /// A backup that failed is tried again after this, or the interval when that is shorter.
    private static final Duration RETRY = Duration.ofMinutes(1);

    private final StoreSettings settings;
    private final Path folder;
    private final Maintenance store;
    private final InstantSource clock;
    private final Counter made;
    private final Counter failed;
    private final Thread thread = Thread.ofPlatform().name("store-backups").daemon().unstarted(this::run);
    private volatile Instant last = Instant.EPOCH;
    private volatile String problem = "";
    private volatile boolean closed;

    /// @param data the data folder, where backups go when the settings name no place
    public ScheduledBackups(StoreSettings settings, Path data, Maintenance store, InstantSource clock, Metrics metrics) {
        this.settings = settings;
        this.folder = settings.backupFolder().isEmpty() ? data.resolve("backups") : Path.of(settings.backupFolder());
        this.store = store;
        this.clock = clock;
        this.made = metrics.counter("shanhai_store_backups_total", "Scheduled backups made.");
        this.failed = metrics.counter("shanhai_store_backup_failures_total", "Scheduled backups that failed.");
        metrics.gauge("shanhai_store_last_backup_timestamp_seconds", "When the last scheduled backup was made; 0 for never.",
                () -> last.getEpochSecond());
    }

    /// Does nothing when the settings ask for none.
    public void start() {
        if (!settings.backupInterval().isZero()) {
            thread.start();
        }
    }

    /// When the last one was made, by this process or an earlier one.
    public Optional<Instant> last() {
        return last.equals(Instant.EPOCH) ? Optional.empty() : Optional.of(last);
    }

    /// What is wrong with backups at present, and what helps.
    public Optional<String> problem() {
        return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
    }

    private void run() {
        while (!closed) {
            Duration pause = settings.backupInterval();
            try {
                last = newest();
                if (!last.plus(settings.backupInterval()).isAfter(clock.instant())) {
                    make();
                }
                pause = Duration.between(clock.instant(), last.plus(settings.backupInterval()));
                problem = "";
            } catch (IOException | RuntimeException e) {
                if (!closed) {
                    tell(e);
                }
                pause = pause.compareTo(RETRY) < 0 ? pause : RETRY;
            }
            sleep(pause);
        }
    }

    private void tell(Exception e) {
        failed.increment();
        problem = "no backup could be made in " + folder + ": " + e + ". Free disk space or correct store.backup-folder; it is "
                + "tried again by itself";
        LOG.warn("{}", problem);
    }

    private void make() throws IOException {
        Files.createDirectories(folder);
        Instant now = clock.instant();
        Path target = folder.resolve(NAME.format(now) + SUFFIX);
        BackupFile.keep(target, store::backup);
        last = now;
        made.increment();
        LOG.info("backup {} made, {} bytes", target, Files.size(target));
        prune();
    }

    private Instant newest() throws IOException {
        List<Path> backups = backups();
        return backups.isEmpty() ? Instant.EPOCH : Files.getLastModifiedTime(backups.getLast()).toInstant();
    }

    private void prune() throws IOException {
        List<Path> backups = backups();
        for (Path old : backups.subList(0, Math.max(0, backups.size() - settings.backupKeep()))) {
            Files.deleteIfExists(old);
        }
    }

    /// Ours only, oldest first.
    private List<Path> backups() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("shanhai-\\d{8}T\\d{6}\\.\\d{3}Z\\.backup"))
                    .sorted(Comparator.comparing(file -> file.getFileName().toString())).toList();
        }
    }

    private synchronized void sleep(Duration pause) {
        try {
            if (!closed) {
                wait(Math.max(1, pause.toMillis()));
            }
        } catch (InterruptedException e) {
            closed = true; // nobody but a debugger interrupts this thread
        }
    }

    /// Returns when a backup in progress is over. Idempotent.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
