package io.shanhai.store.etcd;

import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.shanhai.metrics.Counter;
import io.shanhai.store.StoreException;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One watch on its own virtual thread and its own stream. It knows the first revision it has not delivered; a stream
/// that breaks is opened again from there, so nothing is missed and nothing heard twice.
///
/// etcd never splits a revision except over pieces of one answer, which are told apart: a revision is delivered when the
/// next one begins, or when the answer has no more pieces.
final class EtcdWatch implements Watch {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

    /// What all watches of a store share.
    ///
    /// @param opened streams opened again
    /// @param failed watches whose listener failed
    record Ground(Calls calls, Login login, Reach reach, History history, Counter opened, Counter failed,
            Consumer<EtcdWatch> ended) {}

    private final Ground ground;
    private final WatchRequest request;
    private final Listener listener;
    private final long epoch;
    /// Held while the listener runs, so that close() can wait for it; the listener may close its own watch.
    private final ReentrantLock calling = new ReentrantLock(); // LOCKS.md: store.etcd.watch
    /// The first revision that is not delivered; written by one thread, the one in open() and then the watch's own.
    private volatile long next;
    private volatile WatchStream stream;
    private volatile Thread thread;
    private volatile boolean closed;
    /// Events of a revision that may not be complete yet.
    private final List<Event> pending = new ArrayList<>();

    EtcdWatch(Ground ground, WatchRequest request, Listener listener) {
        this.ground = ground;
        this.request = request;
        this.listener = listener;
        this.epoch = ground.history.epoch();
        this.next = request.startRevision();
    }

    /// Returns once etcd has the watch: every write from now on is seen.
    ///
    /// @throws StoreException when etcd gives none
    void open() {
        try {
            try {
                attach();
            } catch (StatusRuntimeException e) { // a stream never tells whether it found etcd: a watch may be asked for twice
                recover(e.getStatus());
                attach();
            }
        } catch (StatusRuntimeException e) {
            throw ground.calls.refusal(e.getStatus(), false);
        }
        thread = Thread.ofVirtual().name("store-etcd-watch").unstarted(this::run);
        thread.start();
    }

    private void recover(Status status) {
        if (status.getCode() == Status.Code.PERMISSION_DENIED && ground.login.hasUser()) {
            ground.calls.renewToken(); // a watch with an old token is denied like one without the permission
        }
    }

    /// @return the header of etcd's confirmation
    private ResponseHeader attach() {
        WatchStream opened = WatchStream.open(ground.calls.channel(), Requests.watch(request, next));
        try {
            WatchResponse created = opened.next(ground.calls.timeout());
            if (created.getCanceled()) {
                throw denial(created.getCancelReason()).asRuntimeException();
            }
            if (next == 0) {
                next = created.getHeader().getRevision() + 1; // what etcd took for "from now on"
            }
            ground.reach.answered();
            stream = opened;
            if (closed) {
                opened.cancel();
            }
            return created.getHeader();
        } catch (StatusRuntimeException e) {
            opened.cancel();
            throw e;
        }
    }

    // In a watch's answer a denial is only text, and may have gRPC's own words before etcd's.
    private static Status denial(String reason) {
        return reason.contains(Refusals.DENIED)
                ? Status.PERMISSION_DENIED.withDescription(Refusals.DENIED)
                : Status.FAILED_PRECONDITION.withDescription(reason);
    }

    private void run() {
        try {
            boolean going = true;
            while (going && !closed) {
                going = stream == null ? reopen() : step();
            }
        } catch (RuntimeException e) {
            ground.failed.increment();
            LOG.warn("watch on {} ended at revision {}: its listener failed", request.key(), next, e);
        } finally {
            end();
        }
    }

    /// @return false when the watch is over
    private boolean step() {
        WatchResponse response;
        try {
            response = stream.next();
        } catch (StatusRuntimeException e) {
            lose(Refusals.reason(e.getStatus()));
            return true;
        }
        if (response.getCanceled()) {
            if (response.getCompactRevision() != 0) {
                call(() -> listener.onCompacted(response.getCompactRevision()));
                return false;
            }
            lose(response.getCancelReason());
            return true;
        }
        deliver(response);
        return true;
    }

    private void lose(String why) {
        if (!closed) {
            LOG.info("the watch on {} lost its stream at revision {}: {}", request.key(), position(), why);
            stream.cancel();
            stream = null;
            pending.clear(); // the whole revision comes again
        }
    }

    private void deliver(WatchResponse response) {
        for (var each : response.getEventsList()) {
            Event event = Replies.event(each);
            if (!pending.isEmpty() && revision(event) != revision(pending.getFirst())) {
                flush();
            }
            if (revision(event) >= next) {
                pending.add(event);
            }
        }
        if (NewerFields.hasMorePieces(response)) {
            return;
        }
        if (response.getEventsCount() == 0 && pending.isEmpty()) {
            next = Math.max(next, response.getHeader().getRevision() + 1); // progress: nothing happened up to there
        }
        flush();
    }

    private static long revision(Event event) {
        return event.kv().modRevision();
    }

    private void flush() {
        if (!pending.isEmpty()) {
            long revision = revision(pending.getFirst());
            List<Event> events = List.copyOf(pending);
            pending.clear();
            call(() -> listener.onEvents(revision, events));
            next = revision + 1;
        }
    }

    /// Goes on from the next revision, at once and then with growing pauses.
    ///
    /// @return false when the watch is over
    private boolean reopen() {
        Duration pause = FIRST_PAUSE;
        while (!closed) {
            try {
                ResponseHeader header = attach();
                ground.opened.increment();
                ground.reach.watches(this);
                return !isAnotherHistory(header);
            } catch (StatusRuntimeException e) {
                await(e.getStatus(), pause);
                pause = Reach.longer(pause);
            }
        }
        return false;
    }

    private void await(Status status, Duration pause) {
        StoreException why = ground.calls.refusal(status, false);
        ground.reach.waits(this, why.detail());
        try {
            recover(status);
        } catch (StoreException e) {
            ground.reach.waits(this, e.detail());
        }
        if (ground.reach.isAway()) {
            ground.reach.awaitReturn(pause);
        } else if (!closed) {
            LockSupport.parkNanos(this, pause.toNanos());
        }
    }

    /// An etcd whose data were deleted or restored counts from a lower revision: the next one would be waited for in vain,
    /// or for ever. A member may lag behind the others, so the cluster is asked before that is believed.
    private boolean isAnotherHistory(ResponseHeader header) {
        boolean isOther = ground.history.isOther(header.getClusterId());
        if (!isOther && header.getRevision() < position()) {
            try {
                isOther = ground.calls.read(KVGrpc.getRangeMethod(), EtcdStore.REVISION_ONLY).getHeader()
                        .getRevision() < position();
            } catch (StoreException _) {
                lose("it was gone again"); // asked again with the next stream
                return false;
            }
        }
        if (isOther) {
            ground.history.restarted(epoch, header.getClusterId(), header.getRevision());
            call(() -> listener.onCompacted(header.getRevision()));
        }
        return isOther;
    }

    private void call(Runnable step) {
        calling.lock();
        try {
            if (!closed) {
                step.run();
            }
        } finally {
            calling.unlock();
        }
    }

    @Override
    public long position() {
        return next - 1;
    }

    /// Ends the watch; a running call of the listener is not waited for.
    void end() {
        closed = true;
        WatchStream running = stream;
        if (running != null) {
            running.cancel();
        }
        ground.reach.watches(this);
        ground.ended.accept(this);
        LockSupport.unpark(thread);
    }

    /// Waits for a running call of the listener, unless called by the listener itself.
    @Override
    public void close() {
        end();
        calling.lock();
        calling.unlock();
    }
}
