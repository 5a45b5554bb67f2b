package io.shanhai.store.embedded;

import io.shanhai.store.Outcome;
import io.shanhai.store.StoreException;
import io.shanhai.store.embedded.Committer.Proposal;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A change on its way into the store, with whoever wants to know what becomes of it. Confined to the leader of the group
/// commit from the moment it is taken out of the queue until it is over.
abstract sealed class Waiter<R> {

    private static final Logger LOG = LoggerFactory.getLogger(Waiter.class);

    private final Proposal<R> proposal;
    private final long bytes;
    private R result;
    private StoreException failure;

    private Waiter(Proposal<R> proposal, long bytes) {
        this.proposal = proposal;
        this.bytes = bytes;
    }

    /// About how large the change is.
    long bytes() {
        return bytes;
    }

    void runOn(Draft draft) {
        try {
            result = proposal.apply(draft);
            draft.keep();
        } catch (StoreException e) {
            draft.undo();
            failure = e;
        }
    }

    void fail(StoreException why) {
        failure = why;
    }

    /// It is durable and visible, or failed.
    abstract void isOver();

    /// A thread that waits, and leads when it is its turn.
    static final class Blocked<R> extends Waiter<R> {

        private enum State {
            WAITING,
            LEADING,
            DONE
        }

        private final Thread thread = Thread.currentThread();
        private volatile State state = State.WAITING;

        Blocked(Proposal<R> proposal, long bytes) {
            super(proposal, bytes);
        }

        /// Returns when it is over or to lead. An interrupt is kept for later: the write may be on disk already.
        ///
        /// @return true when it is to lead
        boolean awaitTurn() {
            boolean interrupted = false;
            while (state == State.WAITING) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                thread.interrupt();
            }
            return state == State.LEADING;
        }

        void takeLead() {
            become(State.LEADING);
        }

        @Override
        void isOver() {
            become(State.DONE);
        }

        private void become(State next) {
            state = next;
            LockSupport.unpark(thread);
        }

        /// What became of it, for its own thread.
        R outcome() {
            if (super.failure != null) {
                throw super.failure;
            }
            return super.result;
        }
    }

    /// A callback.
    static final class Told<R> extends Waiter<R> {

        private final Outcome<R> outcome;

        Told(Proposal<R> proposal, long bytes, Outcome<R> outcome) {
            super(proposal, bytes);
            this.outcome = outcome;
        }

        @Override
        void isOver() {
            try {
                if (super.failure == null) {
                    outcome.done(super.result);
                } else {
                    outcome.failed(super.failure);
                }
            } catch (RuntimeException e) { // it runs on the leader, whose own writer must hear of its change all the same
                LOG.error("a callback of a commit failed; the commit itself is {}", super.failure == null ? "done" : "refused",
                        e);
            }
        }
    }
}
