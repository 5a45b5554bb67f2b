package io.shanhai.store.embedded;

import io.shanhai.metrics.Metrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.Lease;
import io.shanhai.store.Maintenance;
import io.shanhai.store.Outcome;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.Txn;
import io.shanhai.store.TxnResult;
import io.shanhai.store.Verification;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Store] in one folder of this machine. What it acknowledged is on disk: `kill -9` or a power failure loses nothing.
/// A write failure makes it read-only; nothing that is not on disk is acknowledged or shown.
///
/// Folder: `lock`, `index.mv`, `log/<sequence>.log`, `temporary/`.
///
/// Thread safety: all threads, between [#start()] and [#close()].
public final class EmbeddedStore implements Store, Maintenance {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);

    private static final int SMALL_BYTES = 64; // a lease or compaction in the log, about
    private static final int LEASE_GROWTH_BYTES = 64; // etcd's leaseOverhead

    private final Path folder;
    private final StoreSettings settings;
    private final Metrics metrics;
    private final Disk disk;
    private final LongSupplier nanoClock;
    private final LeaseKeeper keeper;
    private final TemporaryFiles temporary;

    private FolderLock lock;
    private Index index;
    private WriteAheadLog log;
    private Housekeeping housekeeping;
    private WatchHub hub;
    private Quota quota;
    private volatile Committer committer;
    private volatile boolean closed;

    /// @param folder its own; created when missing
    public EmbeddedStore(Path folder, StoreSettings settings, Metrics metrics) {
        this(folder, settings, metrics, new LocalDisk(), System::nanoTime);
    }

    EmbeddedStore(Path folder, StoreSettings settings, Metrics metrics, Disk disk, LongSupplier nanoClock) {
        this.folder = folder;
        this.settings = settings;
        this.metrics = metrics;
        this.disk = disk;
        this.nanoClock = nanoClock;
        this.temporary = new TemporaryFiles(folder.resolve("temporary"));
        this.keeper = new LeaseKeeper(nanoClock, metrics);
    }

    /// Recovers what the folder holds and lets leases run.
    ///
    /// @throws StoreException when the folder is in use, or its files are damaged; the text names file, place and remedy
    public void start() {
        recover();
        startLeases();
    }

    /// Every lease has its full time from here on. Apart from [#recover()] because nobody can send a heartbeat before
    /// the doors are open, and how long that takes is our doing.
    public void startLeases() {
        keeper.start(committer);
    }

    /// Recovers what the folder holds; no lease ends yet.
    ///
    /// @throws StoreException when the folder is in use, or its files are damaged; the text names file, place and remedy
    public void recover() {
        try {
            Files.createDirectories(folder.resolve("log"));
            lock = FolderLock.take(folder);
            temporary.clear();
            open();
        } catch (IOException e) {
            release();
            throw new StoreException(Code.UNAVAILABLE, "the store in " + folder + " does not start: " + e, e);
        } catch (RuntimeException e) {
            release();
            throw e;
        }
    }

    private void open() throws IOException {
        long start = nanoClock.getAsLong();
        index = Index.open(disk.indexName(folder.resolve("index.mv")), settings.indexCache().bytes());
        log = new WriteAheadLog(folder.resolve("log"), disk, settings.segmentSize().bytes());
        LogRecovery.Report report = log.open(index.progress(), (frame, revision, payload) -> index.apply(frame, revision,
                CommitCodec.read(payload)));
        report(report, start);
        index.forEachLease(keeper.leases()::add);
        hub = new WatchHub(index.progress().revision(), this::pin, metrics);
        quota = new Quota(settings.quota().bytes(), index, metrics);
        committer = new Committer(index, log, keeper.leases(), hub, quota, nanoClock, this::wakeHousekeeping, metrics);
        housekeeping = new Housekeeping(folder, disk, settings, index, log, committer, quota, nanoClock, metrics);
        metrics.gauge("shanhai_store_revision", "The store's revision.", () -> committer.view().revision());
        metrics.gauge("shanhai_store_log_segments", "Log segments on disk.", log::segments);
        hub.start();
        committer.start();
        housekeeping.start();
    }

    private void report(LogRecovery.Report report, long startNanos) {
        if (report.tornBytes() > 0) {
            metrics.counter("shanhai_store_torn_tails_total", "Torn ends of the log found at start and cut.").increment();
            LOG.warn("{}: a torn commit of {} bytes at byte {} was cut; it had not been acknowledged",
                    report.tail().in(folder.resolve("log")), report.tornBytes(), report.tailOffset());
        }
        LOG.info("store in {} is at revision {}: {} log frames replayed in {} ms", folder, index.progress().revision(),
                report.replayed(), (nanoClock.getAsLong() - startNanos) / 1_000_000);
    }

    private void wakeHousekeeping() {
        housekeeping.wake();
    }

    /// The newest durable state, as the index holds it; the caller closes it.
    View pin() {
        return committer.pin();
    }

    /// Why nothing, or nothing new, can be written at present; empty when it can: what an operator needs to know and to do.
    public Optional<String> refusal() {
        return Optional.ofNullable(committer.refusal()).map(Committer.Refusal::detail).or(quota::warning);
    }

    @Override
    public long revision() {
        return committer.view().revision();
    }

    @Override
    public long compactedRevision() {
        return committer.view().compacted();
    }

    @Override
    public RangeResult range(RangeRequest request) {
        requireOpen();
        try (View view = pin()) {
            return RangeRead.run(view.at(request.revision()), request, view.revision());
        }
    }

    @Override
    public TxnResult commit(Txn txn) {
        TxnRules.check(txn, settings.maxRequestSize().bytes());
        requireOpen();
        if (TxnRules.isReadOnly(txn)) {
            try (View view = pin()) {
                return TxnRun.run(txn, new Draft(view, keeper.leases()));
            }
        }
        long growth = TxnRules.growth(txn);
        quota.admit(growth, this::raise);
        return committer.submit(TxnRules.bytes(txn), proposal(txn, growth));
    }

    @Override
    public void commit(Txn txn, Outcome<TxnResult> outcome) {
        try {
            long growth = TxnRules.growth(txn);
            if (TxnRules.isReadOnly(txn) || !quota.hasRoom(growth)) {
                Store.super.commit(txn, outcome); // it may be long, or raise the alarm, which is a commit of its own
                return;
            }
            TxnRules.check(txn, settings.maxRequestSize().bytes());
            requireOpen();
            committer.submit(TxnRules.bytes(txn), proposal(txn, growth), outcome);
        } catch (StoreException e) {
            outcome.failed(e);
        }
    }

    private Committer.Proposal<TxnResult> proposal(Txn txn, long growth) {
        return draft -> {
            quota.recheck(growth);
            TxnResult result = TxnRun.run(txn, draft);
            return TxnRun.stamped(result, draft.keep());
        };
    }

    @Override
    public Lease grant(long id, long ttlSeconds) {
        if (ttlSeconds > Lease.MAX_TTL_SECONDS) {
            throw new StoreException(Code.LEASE_TTL_TOO_LARGE);
        }
        requireOpen();
        long ttl = Math.max(ttlSeconds, settings.minLeaseTtl().toSeconds());
        quota.admit(LEASE_GROWTH_BYTES, this::raise);
        return committer.submit(SMALL_BYTES, draft -> {
            quota.recheck(LEASE_GROWTH_BYTES);
            if (id != 0 && draft.hasLease(id)) {
                throw new StoreException(Code.LEASE_EXISTS);
            }
            long chosen = id;
            while (chosen == 0 || id == 0 && draft.hasLease(chosen)) {
                chosen = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
            }
            draft.grant(chosen, ttl);
            return new Lease(chosen, ttl, ttl, List.of());
        });
    }

    @Override
    public long keepAlive(long id) {
        requireOpen();
        return keeper.leases().renew(id);
    }

    @Override
    public void revoke(long id) {
        requireOpen();
        committer.submit(SMALL_BYTES, draft -> {
            if (!draft.end(id, false)) {
                throw new StoreException(Code.LEASE_NOT_FOUND);
            }
            return null;
        });
    }

    @Override
    public Optional<Lease> lease(long id, boolean withKeys) {
        requireOpen();
        LeaseTable leases = keeper.leases();
        long granted = leases.ttlSeconds(id);
        if (granted == 0) {
            return Optional.empty();
        }
        return Optional.of(new Lease(id, granted, leases.remainingSeconds(id), withKeys ? attached(id) : List.of()));
    }

    private List<Bytes> attached(long lease) {
        try (View view = pin()) {
            return view.attached(lease);
        }
    }

    @Override
    public List<Long> leases() {
        requireOpen();
        return keeper.leases().ids();
    }

    @Override
    public Watch watch(WatchRequest request, Watch.Listener listener) {
        requireOpen();
        return hub.watch(request, listener);
    }

    @Override
    public void compact(long revision) {
        requireOpen();
        committer.submit(SMALL_BYTES, draft -> {
            draft.compact(revision);
            return null;
        });
        housekeeping.wake();
    }

    @Override
    public Size size() {
        requireOpen();
        return quota.size();
    }

    @Override
    public Set<Alarm> alarms() {
        requireOpen();
        return quota.alarms();
    }

    private void raise(Alarm alarm) {
        setAlarm(alarm, true);
    }

    @Override
    public void disarm(Alarm alarm) {
        requireOpen();
        setAlarm(alarm, false);
    }

    private void setAlarm(Alarm alarm, boolean raised) {
        committer.submit(SMALL_BYTES, draft -> {
            if (quota.alarms().contains(alarm) != raised) {
                draft.alarm(alarm, raised);
            }
            return null;
        });
    }

    @Override
    public void defragment() {
        requireOpen();
        housekeeping.defragment();
    }

    @Override
    public Hash hash(long revision) {
        requireOpen();
        try (View view = pin()) {
            if (revision > view.revision()) {
                throw new StoreException(Code.FUTURE_REVISION);
            }
            if (revision > 0 && revision <= view.compacted()) {
                throw new StoreException(Code.COMPACTED);
            }
            long hashed = revision <= 0 ? view.revision() : revision;
            return new Hash(HistoryHash.of(view, hashed), hashed, view.compacted());
        }
    }

    @Override
    public void backup(OutputStream out) throws IOException {
        requireOpen();
        temporary.spool("backup", file -> {
            try (View view = pin()) {
                OutputStream buffered = new BufferedOutputStream(Channels.newOutputStream(file));
                StoreBackup.write(view, Instant.now(), buffered);
            }
        }, out);
    }

    /// Reads every byte of a store that is not running and changes none.
    ///
    /// @throws StoreException when there is no store, or it is in use
    public static Verification verify(Path folder, Verification.Progress progress) throws IOException {
        return StoreFolder.verify(folder, progress);
    }

    /// Makes a store from a backup file; it takes its place only when all of it was read and verified.
    ///
    /// @param folder not there, or empty
    /// @throws StoreException when the folder is not empty, or the backup is not intact; nothing has changed then
    public static Verification restore(Path backup, Path folder, Verification.Progress progress) throws IOException {
        return StoreFolder.restore(backup, folder, StoreSettings.defaults().indexCache().bytes(), progress);
    }

    @Override
    public void snapshot(OutputStream out) throws IOException {
        requireOpen();
        temporary.spool("snapshot", file -> {
            try (View view = pin()) {
                EtcdSnapshot.write(view, file, temporary.fresh("sort"));
            }
        }, out);
    }

    private void requireOpen() {
        if (closed || committer == null) {
            throw new StoreException(Code.UNAVAILABLE, "the store in " + folder + " is not running", null);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (committer != null) {
            hub.close();
            keeper.close();
            committer.close();
            housekeeping.close();
            lastCheckpoint();
        }
        release();
    }

    private void lastCheckpoint() {
        try {
            housekeeping.checkpoint();
        } catch (IOException | RuntimeException e) {
            LOG.warn("no checkpoint at the end of {}: the next start replays more of the log: {}", folder, e.getMessage());
        }
    }

    private void release() {
        if (index != null) {
            index.close();
        }
        if (log != null) {
            log.close();
        }
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.warn("unlocking {}: {}", folder, e.getMessage());
            }
        }
    }
}
