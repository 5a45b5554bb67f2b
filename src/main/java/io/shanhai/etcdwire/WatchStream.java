package io.shanhai.etcdwire;

import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.shanhai.store.Bytes;
import io.shanhai.store.StoreException;
import io.shanhai.store.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;

/// One stream of a client with its watches. Requests come on the event loop, one at a time; events on the watches' own
/// threads; the writer is shared, see [PacedStream].
final class WatchStream implements StreamObserver<WatchRequest> {

    private static final long BROADCAST = -1; // the id of answers that are about no single watch
    private static final String DUPLICATE = "mvcc: duplicate watch ID provided on the WatchStream"; // etcd's text
    private static final String EMPTY_RANGE = "mvcc: watcher range is empty"; // etcd's text
    private static final Duration PROGRESS_RETRY = Duration.ofMillis(2); // a watch that keeps up takes less than this
    private static final int PROGRESS_RETRIES = 500; // after a second the truth as it is then must do

    private final ServerCallStreamObserver<WatchResponse> caller;
    private final WatchService service;
    private final PacedStream<WatchResponse> out;
    /// Guarded by the stream's lock, as is the next id.
    private final Map<Long, ServedWatch> watches = new HashMap<>();
    private long nextId;

    private volatile boolean progressDue;
    // Confined to the call's event loop.
    private boolean requestDue;
    private ScheduledFuture<?> progressNotices;

    WatchStream(ServerCallStreamObserver<WatchResponse> caller, WatchService service) {
        this.caller = caller;
        this.service = service;
        this.out = new PacedStream<>(caller, service.waitingBytes());
    }

    void begin() {
        caller.disableAutoRequest();
        caller.setOnReadyHandler(this::ready);
        caller.setOnCancelHandler(this::gone);
        caller.request(1);
    }

    private void ready() {
        out.wake();
        readOn();
    }

    /// The next request is read only when there is room for its answer.
    private void readOn() {
        if (requestDue && out.isReady()) {
            requestDue = false;
            caller.request(1);
        }
    }

    @Override
    public void onNext(WatchRequest request) {
        switch (request.getRequestUnionCase()) {
            case CREATE_REQUEST -> create(request.getCreateRequest());
            case CANCEL_REQUEST -> cancel(request.getCancelRequest().getWatchId());
            case PROGRESS_REQUEST -> progress();
            case REQUESTUNION_NOT_SET -> {
                // etcd reads on, too
            }
        }
        requestDue = true;
        readOn();
    }

    private void create(WatchCreateRequest request) {
        out.between(() -> {
            long now = service.store().revision();
            long id = Missing.CREATE_WATCH_ID.number(request);
            String refusal = refusal(request, id);
            if (!refusal.isEmpty()) {
                out.sendNow(service.response(now, BROADCAST).setCreated(true).setCanceled(true).setCancelReason(refusal).build());
                return;
            }
            ServedWatch served = new ServedWatch(this, id == 0 ? freeId() : id, request);
            watches.put(served.id(), served);
            out.sendNow(service.response(now, served.id()).setCreated(true).build());
            start(served, request, now);
        });
        if (request.getProgressNotify() && progressNotices == null) {
            progressNotices = service.everyProgress(this::notice);
        }
    }

    /// Why it cannot be; empty when it can. The last question takes the place in the service.
    private String refusal(WatchCreateRequest request, long id) {
        Bytes end = Wire.bytes(request.getRangeEnd());
        boolean isOpen = end.isEmpty() || end.equals(Bytes.ZERO);
        if (!isOpen && Wire.bytes(request.getKey()).compareTo(end) >= 0) {
            return EMPTY_RANGE;
        }
        if (request.getStartRevision() < 0) {
            return "mvcc: start revision " + request.getStartRevision() + " is below zero";
        }
        if (id != 0 && watches.containsKey(id)) {
            return DUPLICATE;
        }
        return service.enter() ? "" : "etcdserver: too many watches";
    }

    private long freeId() {
        while (watches.containsKey(nextId)) {
            nextId++;
        }
        return nextId++;
    }

    /// Its events follow the answer that it exists: both are written under the stream's lock.
    private void start(ServedWatch served, WatchCreateRequest request, long now) {
        Bytes key = request.getKey().isEmpty() ? Bytes.ZERO : Wire.bytes(request.getKey());
        // The answer named `now`: a client that resumes goes on from there, so this begins exactly behind it.
        long first = request.getStartRevision() == 0 ? now + 1 : request.getStartRevision();
        try {
            served.runs(service.store().watch(new io.shanhai.store.WatchRequest(key, Wire.bytes(request.getRangeEnd()), first,
                    request.getPrevKv()), served));
        } catch (StoreException e) {
            remove(served);
            out.sendNow(service.response(now, served.id()).setCanceled(true).setCancelReason(e.code().text()).build());
        }
    }

    private void cancel(long id) {
        out.between(() -> {
            ServedWatch served = watches.get(id);
            if (served != null) { // etcd says nothing about one that is not there
                remove(served);
                out.sendNow(service.response(service.store().revision(), id).setCanceled(true).build());
            }
        });
    }

    /// Under the stream's lock. Nothing of it is sent from here on.
    private void remove(ServedWatch served) {
        watches.remove(served.id());
        served.cancel();
        out.wake();
        service.leave();
        Watch watch = served.watch();
        if (watch != null) {
            service.aside(watch::close);
        }
    }

    WatchResponse.Builder response(long revision, long watchId) {
        return service.response(revision, watchId);
    }

    /// @return false when the watch is over
    boolean send(ServedWatch served, WatchResponse response, long bytes) {
        boolean sent = out.send(response, bytes, served::isWanted);
        if (sent) {
            service.sent(bytes);
        }
        return sent;
    }

    void compacted(ServedWatch served, long compactedRevision) {
        WatchResponse response = service.response(service.store().revision(), served.id()).setCanceled(true)
                .setCompactRevision(compactedRevision).build();
        if (out.send(response, response.getSerializedSize(), served::isWanted)) {
            out.between(() -> remove(served));
        }
    }

    /// One answer for all watches. It names a revision that each of them has reached; the store's newest one, if they
    /// reach it soon.
    private void progress() {
        if (!progressDue) { // several requests before an answer are answered by it
            progressDue = true;
            awaitProgress(service.store().revision(), PROGRESS_RETRIES);
        }
    }

    private void awaitProgress(long wanted, int retries) {
        out.between(() -> {
            long reached = reached(wanted);
            if (reached < wanted && retries > 0) {
                service.soon(() -> awaitProgress(wanted, retries - 1), PROGRESS_RETRY);
            } else {
                progressDue = false;
                out.sendNow(service.response(reached, BROADCAST).build());
            }
        });
    }

    /// Under the stream's lock: what all watches have reached, `most` at most.
    private long reached(long most) {
        long reached = most;
        for (ServedWatch served : watches.values()) {
            reached = Math.min(reached, served.position());
        }
        return reached;
    }

    /// Tells the quiet ones how far they are; who reads slowly needs no more to read.
    private void notice() {
        out.between(() -> {
            long now = service.store().revision();
            for (ServedWatch served : watches.values()) {
                boolean due = served.wantsProgress() && served.wasQuiet() && served.position() >= now;
                if (due && out.isReady()) {
                    out.sendNow(service.response(now, served.id()).build());
                }
            }
        });
    }

    @Override
    public void onError(Throwable thrown) {
        gone();
    }

    /// etcd goes on with the watches of a client that has closed its side: its JSON clients do.
    @Override
    public void onCompleted() {}

    private void gone() {
        List<Watch> ending = new ArrayList<>();
        out.between(() -> {
            for (ServedWatch served : watches.values()) {
                served.cancel();
                service.leave();
                if (served.watch() != null) {
                    ending.add(served.watch());
                }
            }
            watches.clear();
        });
        out.abandon();
        if (progressNotices != null) {
            progressNotices.cancel(false);
        }
        if (!ending.isEmpty()) {
            service.aside(() -> ending.forEach(Watch::close));
        }
    }
}
