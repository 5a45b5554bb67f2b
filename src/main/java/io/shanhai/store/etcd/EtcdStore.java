package io.shanhai.store.etcd;

import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.TxnResponse;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.Lease;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeRequest.SortOrder;
import io.shanhai.store.RangeRequest.SortTarget;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreException.Code;
import io.shanhai.store.Txn;
import io.shanhai.store.TxnResult;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [Store] in an etcd cluster outside of this process, version 3.4 or later. While that is away, calls fail with
/// UNAVAILABLE and a detail that says since when and why; watches go on from where they were when it is back.
///
/// It speaks to etcd with jetcd's generated gRPC classes over a channel of its own, not with jetcd's client. That client
/// repeats writes whose outcome is unknown, reads watches as fast as they come into an unbounded queue, and cannot ask
/// for a lease comparison, for all leases, or for large answers in pieces. What its classes lack is in `NewerFields`.
///
/// Thread safety: all threads, between [#start()] and [#close()].
public final class EtcdStore implements Store {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdStore.class);
    private static final Duration WAITING_IS_TOLD_EVERY = Duration.ofSeconds(5);

    /// Its answer's header has the revision; `/` is what a user's role must cover anyway, and counting one key is cheap.
    static final io.etcd.jetcd.api.RangeRequest REVISION_ONLY = Requests.range(countOnly(Bytes.utf8("/"), 0));
    private static final long FIRST_REVISION = 1; // of an empty etcd

    private final EtcdStoreSettings settings;
    private final Metrics metrics;
    private final LongSupplier nanoClock;
    private final Login login;
    private final History history;
    private final Reach reach;
    private final Set<EtcdWatch> watches = ConcurrentHashMap.newKeySet();
    private final String endpoints;

    private EtcdChannel channel;
    private Calls calls;
    private EtcdWatch.Ground ground;
    private volatile boolean running;

    /// @param historyFile where it is kept which cluster was met; its folder exists
    /// @param firstEpoch the epoch of a node that meets etcd for the first time
    public EtcdStore(Path historyFile, long firstEpoch, EtcdStoreSettings settings, Metrics metrics) {
        this(historyFile, firstEpoch, settings, metrics, System::nanoTime);
    }

    EtcdStore(Path historyFile, long firstEpoch, EtcdStoreSettings settings, Metrics metrics, LongSupplier nanoClock) {
        this.settings = settings;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        this.endpoints = String.join(", ", settings.endpoints());
        this.login = new Login(settings.user(), settings.passwordFile());
        this.history = new History(historyFile, firstEpoch);
        this.reach = new Reach(endpoints, nanoClock, this::probe, metrics);
    }

    /// Returns when etcd answers. Waits for one that does not, for `start-timeout`, and says so now and then.
    ///
    /// @param waiting told why it has to wait, if it has to, at first and now and then; on the calling thread
    /// @throws StoreException when it does not come, or refuses us
    public void start(Consumer<String> waiting) {
        channel = new EtcdChannel(settings);
        calls = new Calls(channel.channel(), login, reach, settings, nanoClock);
        ground = new EtcdWatch.Ground(calls, login, reach, history,
                metrics.counter("shanhai_store_etcd_watch_reopens_total", "Watches that went on over a new stream."),
                metrics.counter("shanhai_store_watch_failures_total", "Watches ended because their listener threw."),
                watches::remove);
        metrics.gauge("shanhai_store_watches", "Running watches.", watches::size);
        ResponseHeader header = awaitEtcd(waiting);
        try {
            history.begin(header.getClusterId());
        } catch (IOException e) {
            throw new StoreException(Code.UNAVAILABLE, e.getMessage(), e);
        }
        running = true;
        LOG.info("store in etcd at {}: cluster {} at revision {}, epoch {}", endpoints,
                Long.toHexString(header.getClusterId()), header.getRevision(), history.epoch());
    }

    private ResponseHeader awaitEtcd(Consumer<String> waiting) {
        long deadline = nanoClock.getAsLong() + settings.startTimeout().toNanos();
        while (true) {
            try {
                return calls.read(KVGrpc.getRangeMethod(), REVISION_ONLY).getHeader();
            } catch (StoreException e) {
                Duration left = Duration.ofNanos(deadline - nanoClock.getAsLong());
                if (!reach.isAway() || left.toMillis() <= 0) {
                    throw e;
                }
                String why = reach.trouble().orElse(e.detail());
                LOG.warn("the start waits for etcd, {} s more at most: {}", left.toSeconds(), why);
                waiting.accept(why);
                reach.awaitReturn(left.compareTo(WAITING_IS_TOLD_EVERY) < 0 ? left : WAITING_IS_TOLD_EVERY);
            }
        }
    }

    private boolean probe() {
        channel.connectNow();
        try {
            calls.read(KVGrpc.getRangeMethod(), REVISION_ONLY);
        } catch (StoreException _) {
            // taken note of by the call
        }
        return !reach.isAway();
    }

    /// Why the store does not work as it should at present, empty when it does: what an operator needs to know.
    public Optional<String> trouble() {
        return reach.trouble();
    }

    /// The epoch that the revisions belong to. It changes when etcd turns out to have another history.
    public long epoch() {
        return history.epoch();
    }

    @Override
    public long revision() {
        return range(REVISION_ONLY).getHeader().getRevision();
    }

    /// etcd says it only to a watch that it refuses: when the first revision is compacted, such a watch is opened. A
    /// compaction at the first revision itself hides nothing and looks like none.
    @Override
    public long compactedRevision() {
        requireRunning();
        try {
            range(Requests.range(countOnly(Bytes.utf8("/"), FIRST_REVISION)));
            return 0;
        } catch (StoreException e) {
            if (e.code() != Code.COMPACTED) {
                throw e;
            }
        }
        return new CompactedRevision(calls).ask();
    }

    private static RangeRequest countOnly(Bytes key, long revision) {
        return new RangeRequest(key, Bytes.EMPTY, revision, 0, SortOrder.NONE, SortTarget.KEY, false, true, 0, 0, 0, 0);
    }

    @Override
    public RangeResult range(RangeRequest request) {
        RangeResponse response = range(Requests.range(request));
        return Replies.range(response, response.getHeader().getRevision());
    }

    private RangeResponse range(io.etcd.jetcd.api.RangeRequest request) {
        requireRunning();
        return calls.read(KVGrpc.getRangeMethod(), request);
    }

    @Override
    public TxnResult commit(Txn txn) {
        requireRunning();
        TxnResponse response = calls.write(KVGrpc.getTxnMethod(), Requests.txn(txn));
        return Replies.txn(response, response.getHeader().getRevision());
    }

    @Override
    public Lease grant(long id, long ttlSeconds) {
        requireRunning();
        LeaseGrantResponse granted = calls.write(LeaseGrpc.getLeaseGrantMethod(),
                LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds).build());
        return new Lease(granted.getID(), granted.getTTL(), granted.getTTL(), List.of());
    }

    /// One question and one answer on a stream of its own, as etcd's own client does for a single keepalive. It may be
    /// repeated: that a lease got its full time twice harms nobody.
    @Override
    public long keepAlive(long id) {
        requireRunning();
        return calls.read(LeaseGrpc.getLeaseKeepAliveMethod(), LeaseKeepAliveRequest.newBuilder().setID(id).build()).getTTL();
    }

    @Override
    public void revoke(long id) {
        requireRunning();
        calls.write(LeaseGrpc.getLeaseRevokeMethod(), LeaseRevokeRequest.newBuilder().setID(id).build());
    }

    @Override
    public Optional<Lease> lease(long id, boolean withKeys) {
        requireRunning();
        return Replies.lease(calls.read(LeaseGrpc.getLeaseTimeToLiveMethod(),
                LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(withKeys).build()));
    }

    @Override
    public List<Long> leases() {
        requireRunning();
        return NewerFields.leaseIds(calls.read(NewerFields.LEASES, UnknownFieldSet.getDefaultInstance()));
    }

    /// Returns once etcd has the watch. [Watch#position()] follows what is delivered and the progress that etcd reports by
    /// itself (every ten minutes): asked for progress, an etcd before 3.4.25 or 3.5.8 may answer ahead of events it has yet to
    /// send (etcd issue 15220).
    @Override
    public Watch watch(WatchRequest request, Watch.Listener listener) {
        requireRunning();
        EtcdWatch watch = new EtcdWatch(ground, request, listener);
        watches.add(watch);
        try {
            watch.open();
        } catch (StoreException e) {
            watches.remove(watch);
            throw e;
        }
        if (!running) {
            watch.end(); // closed in between
        }
        return watch;
    }

    @Override
    public void compact(long revision) {
        requireRunning();
        calls.write(KVGrpc.getCompactMethod(), CompactionRequest.newBuilder().setRevision(revision).build());
    }

    private void requireRunning() {
        if (!running) {
            throw new StoreException(Code.UNAVAILABLE, "the store in etcd at " + endpoints + " is not running", null);
        }
    }

    /// Idempotent. Ends the watches and the connections; what etcd has acknowledged is etcd's.
    @Override
    public void close() {
        running = false;
        watches.forEach(EtcdWatch::end);
        reach.close();
        if (channel != null) {
            channel.close();
        }
    }
}
