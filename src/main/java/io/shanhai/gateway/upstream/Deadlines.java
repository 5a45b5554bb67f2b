package io.shanhai.gateway.upstream;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends what takes too long, for connections whose threads block: a timed read would cost every request a timer, a
/// deadline costs it two compare-and-sets. One thread looks at all of them every tick, and sleeps while there are none.
/// Safe for all threads; the owner closes it.
public final class Deadlines implements AutoCloseable {

    /// How late a deadline may fire: small beside the shortest useful timeout, and 50 looks a second cost nothing.
    static final long TICK_NANOS = 20_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);

    private final String threadName;
    private final Set<Deadline> all = ConcurrentHashMap.newKeySet();
    private volatile Thread thread;
    private volatile boolean closed;

    /// @param threadName of the thread that [#start()] begins
    public Deadlines(String threadName) {
        this.threadName = threadName;
    }

    public void start() {
        thread = Thread.ofPlatform().daemon().name(threadName).start(this::run);
    }

    /// @param onExpiry run by the one thread of all deadlines: must not block
    public Deadline register(Runnable onExpiry) {
        Deadline deadline = new Deadline(onExpiry);
        all.add(deadline);
        LockSupport.unpark(thread);
        return deadline;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            if (all.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, TICK_NANOS);
            }
            long now = System.nanoTime();
            for (Deadline deadline : all) {
                if (deadline.isLate(now)) {
                    expire(deadline);
                }
            }
        }
    }

    private static void expire(Deadline deadline) {
        try {
            deadline.fire();
        } catch (RuntimeException e) {
            LOG.warn("a deadline's action failed", e); // the thread must live: all other deadlines hang on it
        }
    }

    /// One connection's current deadline. Armed and disarmed by the thread that uses the connection, fired by others.
    public final class Deadline {

        private static final long DISARMED = 0;
        private static final long FIRED = 2; // armed values are odd

        private final Runnable onExpiry;
        private final AtomicLong at = new AtomicLong(DISARMED);

        private Deadline(Runnable onExpiry) {
            this.onExpiry = onExpiry;
        }

        /// Sets or moves it.
        ///
        /// @param atNanos on the scale of `System.nanoTime`
        /// @return false when it has fired already
        public boolean arm(long atNanos) {
            return move(atNanos | 1);
        }

        /// @return false when it has fired already
        public boolean disarm() {
            return move(DISARMED);
        }

        /// Runs the action now if it is armed: how a waiting connection is told to end early.
        public void fire() {
            long seen = at.get();
            if ((seen & 1) == 1 && at.compareAndSet(seen, FIRED)) {
                onExpiry.run();
            }
        }

        public boolean hasFired() {
            return at.get() == FIRED;
        }

        /// Forgets it; nothing fires afterwards.
        public void unregister() {
            all.remove(this);
        }

        private boolean move(long next) {
            for (;;) {
                long seen = at.get();
                if (seen == FIRED) {
                    return false;
                }
                if (at.compareAndSet(seen, next)) {
                    return true;
                }
            }
        }

        private boolean isLate(long now) {
            long seen = at.get();
            return (seen & 1) == 1 && now - seen >= 0;
        }
    }
}
