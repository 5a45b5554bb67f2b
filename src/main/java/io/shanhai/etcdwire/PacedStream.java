package io.shanhai.etcdwire;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// The answers of one streaming call, written by many threads, one at a time, at the pace of its reader.
///
/// Thread safety: all threads. A thread that writes events waits while the reader lags; the event loop never waits.
final class PacedStream<R> {

    /*
     * gRPC's isReady is false while more than 32 KiB of this call are not on the wire yet (transport flow control included).
     * A message is handed over only while it is true, and under the lock: so what is buffered for one call never exceeds
     * 32 KiB and one message, however many threads write. What waits, waits in the threads, one message each.
     */

    private final ServerCallStreamObserver<R> out;
    private final LongAdder waitingBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private boolean over; // guarded by lock

    /// @param waitingBytes of all streams: what threads hold that wait for readers
    PacedStream(ServerCallStreamObserver<R> out, LongAdder waitingBytes) {
        this.out = out;
        this.waitingBytes = waitingBytes;
    }

    /// Hands a message over as soon as the reader takes it, unless it is not wanted any more by then.
    ///
    /// @param bytes how large it is, about
    /// @param wanted asked under the stream's lock each time it may have changed; see [#wake()]
    /// @return false when it was not sent
    boolean send(R message, long bytes, BooleanSupplier wanted) {
        lock.lock();
        try {
            if (!out.isReady()) {
                awaitReader(bytes, wanted);
            }
            if (over || !wanted.getAsBoolean()) {
                return false;
            }
            out.onNext(message);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void awaitReader(long bytes, BooleanSupplier wanted) {
        waitingBytes.add(bytes);
        try {
            while (!over && wanted.getAsBoolean() && !out.isReady()) {
                moved.awaitUninterruptibly();
            }
        } finally {
            waitingBytes.add(-bytes);
        }
    }

    /// Runs a step between messages; [#sendNow] inside it keeps its place.
    void between(Runnable step) {
        lock.lock();
        try {
            if (!over) {
                step.run();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Without waiting: for answers to the client's own requests, of which the caller reads no further one before
    /// [#isReady()].
    void sendNow(R message) {
        lock.lock();
        try {
            if (!over) {
                out.onNext(message);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isReady() {
        return out.isReady();
    }

    boolean isOver() {
        lock.lock();
        try {
            return over;
        } finally {
            lock.unlock();
        }
    }

    /// The reader has taken something, or a message is not wanted any more.
    void wake() {
        lock.lock();
        try {
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The client has gone.
    void abandon() {
        lock.lock();
        try {
            over = true;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void complete() {
        end(null);
    }

    void fail(StatusRuntimeException why) {
        end(why);
    }

    private void end(StatusRuntimeException why) {
        lock.lock();
        try {
            if (over) {
                return;
            }
            over = true;
            moved.signalAll();
            if (why == null) {
                out.onCompleted();
            } else {
                out.onError(why);
            }
        } finally {
            lock.unlock();
        }
    }
}
