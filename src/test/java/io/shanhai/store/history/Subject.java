package io.shanhai.store.history;

import java.util.Map;
import java.util.function.Consumer;

/// A running store as the recording clients see it: in this process, in a child, or behind a door. Safe for all threads.
public interface Subject extends AutoCloseable {

    /// Runs it as one transaction.
    ///
    /// @throws Unknown it may have happened, now or after a restart
    /// @throws Refused it has not happened and never will
    Answer run(String key, Action action) throws Unknown, Refused;

    /// Watches the keys with this prefix.
    ///
    /// @param from first revision wanted
    /// @return closing it ends the watch; nothing is heard after that
    Watching watch(String prefix, long from, Consumer<Heard> ear);

    long revision();

    /// All keys and values.
    Map<String, String> state();

    /// @return the lease's id
    long grant(long ttlSeconds) throws Unknown, Refused;

    /// Puts the key on the lease.
    Answer attach(String key, String value, long lease) throws Unknown, Refused;

    /// @return false when there is no such lease
    boolean keepAlive(long lease) throws Unknown;

    /// Lets go of the store; ends it when it is in this process.
    @Override
    void close();

    interface Watching extends AutoCloseable {
        @Override
        void close();
    }

    final class Unknown extends Exception {
        private static final long serialVersionUID = 1L;

        public Unknown(Throwable cause) {
            super(cause);
        }
    }

    final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        public Refused(String why) {
            super(why);
        }
    }
}
