package io.shanhai.etcdwire;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.shanhai.metrics.Counter;
import io.shanhai.store.Outcome;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.TxnResult;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// Runs what takes its time, at most so many calls at a time: what blocks on a virtual thread of its own. Full means refused, at once
/// and with etcd's words: a client that retries later is better off than one that waits in a queue it cannot see.
///
/// Thread safety: all threads.
final class Calls {

    private final int most;
    private final Semaphore permits;
    private final Counter refused;
    private final ThreadFactory threads;
    private final Executor loops;

    /// @param most calls at a time
    /// @param name of every thread: one text for all, made once
    /// @param loops where answers to transactions are written
    Calls(int most, String name, Executor loops, Counter refused) {
        this.loops = loops;
        this.most = most;
        this.permits = new Semaphore(most);
        this.refused = refused;
        this.threads = Thread.ofVirtual().name(name).factory();
    }

    /// May block, may be interrupted when its client goes away.
    interface Call {
        void run() throws Exception;
    }

    /// A unary call; what it returns is its answer.
    <R> void answer(StreamObserver<R> caller, Callable<R> call) {
        start(caller, () -> answerNow(caller, call));
    }

    /// A unary call that may wait long; it is interrupted when its client goes away.
    <R> void await(StreamObserver<R> caller, Callable<R> call) {
        Ending ending = new Ending();
        ((ServerCallStreamObserver<R>) caller).setOnCancelHandler(ending::end);
        start(caller, () -> answerNow(caller, () -> ending.guard(call)));
    }

    /// A unary call that is one transaction. No thread waits for it: the store tells an event loop, which answers.
    <R> void commit(StreamObserver<R> caller, Store store, Callable<Txn> request, Function<TxnResult, R> answer) {
        if (!enter(caller)) {
            return;
        }
        Txn txn;
        try {
            txn = request.call();
        } catch (Exception e) {
            permits.release();
            caller.onError(Refusals.of(e).asRuntimeException());
            return;
        }
        store.commit(txn, new Outcome<>() {
            @Override
            public void done(TxnResult result) {
                finish(() -> answer.apply(result));
            }

            @Override
            public void failed(StoreException why) {
                finish(() -> {
                    throw why;
                });
            }

            private void finish(Callable<R> call) {
                loops.execute(() -> {
                    try {
                        answerNow(caller, call);
                    } finally {
                        permits.release();
                    }
                });
            }
        });
    }

    /// A call that answers by itself.
    void run(StreamObserver<?> caller, Call call) {
        start(caller, () -> {
            try {
                call.run();
            } catch (Exception e) {
                caller.onError(Refusals.of(e).asRuntimeException());
            }
        });
    }

    /// A call that answers by itself for long; it is interrupted when its client goes away.
    ///
    /// @param onCancel then called first
    void stream(ServerCallStreamObserver<?> caller, Runnable onCancel, Call call) {
        Ending ending = new Ending();
        caller.setOnCancelHandler(() -> {
            onCancel.run();
            ending.end();
        });
        run(caller, () -> ending.guard(() -> {
            call.run();
            return null;
        }));
    }

    /// False when it was turned away.
    private boolean enter(StreamObserver<?> caller) {
        if (permits.tryAcquire()) {
            return true;
        }
        refused.increment();
        caller.onError(Refusals.TOO_MANY_REQUESTS.asRuntimeException());
        return false;
    }

    private void start(StreamObserver<?> caller, Runnable run) {
        if (!enter(caller)) {
            return;
        }
        threads.newThread(() -> {
            try {
                run.run();
            } finally {
                permits.release();
            }
        }).start();
    }

    /// Answers on the calling thread: for what does not block.
    static <R> void answerNow(StreamObserver<R> caller, Callable<R> call) {
        R answer;
        try {
            answer = call.call();
        } catch (Exception e) {
            caller.onError(Refusals.of(e).asRuntimeException());
            return;
        }
        try {
            caller.onNext(answer);
            caller.onCompleted();
        } catch (StatusRuntimeException e) {
            // The client has gone meanwhile; what it asked for is done all the same, as with a connection that breaks.
        }
    }

    /// Lets those that run finish; none may be started meanwhile.
    void drain(Duration patience) {
        try {
            if (permits.tryAcquire(most, patience.toMillis(), TimeUnit.MILLISECONDS)) {
                permits.release(most);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Interrupts a call's thread, and never what that thread does after the call.
    private static final class Ending {

        private Thread thread; // guarded by this, as is the next one
        private boolean gone;

        <R> R guard(Callable<R> call) throws Exception {
            synchronized (this) {
                if (gone) {
                    throw new InterruptedException("its client has gone");
                }
                thread = Thread.currentThread();
            }
            try {
                return call.call();
            } finally {
                synchronized (this) {
                    thread = null;
                }
            }
        }

        synchronized void end() {
            gone = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }
}
