package io.shanhai.etcdwire;

import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.Store;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.LongAdder;

/// `etcdserverpb.Watch`: what all its streams share.
final class WatchService extends WatchGrpc.WatchImplBase {

    /// A response that was asked to be fragmented has at most this much: etcd's request limit and its 512 KiB for gRPC.
    static final int FRAGMENT_BYTES = (1536 + 512) * 1024;

    private final Store store;
    private final Identity identity;
    private final ScheduledExecutorService timer;
    private final Duration progressInterval;
    private final Semaphore room;
    private final Counter refused;
    private final LongAdder waitingBytes;
    private final LongAdder open = new LongAdder();
    private final Counter sentBytes;

    /// @param timer an event loop: what runs on it does not block
    /// @param waitingBytes see [PacedStream]
    WatchService(Store store, Identity identity, ScheduledExecutorService timer, EtcdSettings settings,
            LongAdder waitingBytes, Metrics metrics) {
        this.store = store;
        this.identity = identity;
        this.timer = timer;
        this.progressInterval = settings.progressInterval();
        this.room = new Semaphore(settings.maxWatches());
        this.waitingBytes = waitingBytes;
        this.refused = metrics.counter("shanhai_etcd_refused_total",
                "What the etcd door turned away because a bound was reached.",
                "bound", "watches");
        this.sentBytes = metrics.counter("shanhai_etcd_watch_sent_bytes_total", "Events handed over to clients' streams.");
        metrics.gauge("shanhai_etcd_watches", "Open watches of the etcd door.", open::sum);
    }

    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> caller) {
        WatchStream stream = new WatchStream((ServerCallStreamObserver<WatchResponse>) caller, this);
        stream.begin();
        return stream;
    }

    Store store() {
        return store;
    }

    WatchResponse.Builder response(long revision, long watchId) {
        return WatchResponse.newBuilder().setHeader(identity.header(revision)).setWatchId(watchId);
    }

    LongAdder waitingBytes() {
        return waitingBytes;
    }

    void sent(long bytes) {
        sentBytes.add(bytes);
    }

    /// Room for one more watch; false is counted.
    boolean enter() {
        boolean entered = room.tryAcquire();
        if (entered) {
            open.increment();
        } else {
            refused.increment();
        }
        return entered;
    }

    void leave() {
        open.decrement();
        room.release();
    }

    /// Calls at the pace of progress notices. The jitter, as etcd's, keeps the streams of a restart apart.
    ScheduledFuture<?> everyProgress(Runnable step) {
        long nanos = progressInterval.toNanos();
        long first = nanos + ThreadLocalRandom.current().nextLong(nanos / 10 + 1);
        return timer.scheduleAtFixedRate(step, first, nanos, TimeUnit.NANOSECONDS);
    }

    /// Soon, off the calling thread's stack.
    void soon(Runnable step, Duration delay) {
        timer.schedule(step, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// Off the event loop: it may wait for a listener that runs.
    void aside(Runnable step) {
        Thread.ofVirtual().name("etcd-watch-end").start(step);
    }
}
