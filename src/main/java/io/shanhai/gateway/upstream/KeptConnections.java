package io.shanhai.gateway.upstream;

import java.util.ArrayDeque;

/// The kept idle connections of one endpoint. Last in, first out: what was used most recently is least likely to be
/// closed by the other side, and what is not needed grows old and goes. Safe for all threads.
final class KeptConnections {

    private final int capacity;
    private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();

    /// @param capacity connections kept
    KeptConnections(int capacity) {
        this.capacity = capacity;
    }

    /// The one used last that is still ours, null when there is none.
    UpstreamConnection take() {
        for (;;) {
            UpstreamConnection connection;
            synchronized (idle) {
                connection = idle.pollLast();
            }
            // a connection whose idle deadline has fired is being closed by the deadline's thread
            if (connection == null || connection.deadline().disarm()) {
                return connection;
            }
        }
    }

    /// @return false when full: the caller closes the connection
    boolean offer(UpstreamConnection connection) {
        synchronized (idle) {
            return idle.size() < capacity && idle.offerLast(connection);
        }
    }

    void remove(UpstreamConnection connection) {
        synchronized (idle) {
            idle.remove(connection); // connections are compared by identity; the oldest are found first
        }
    }

    int size() {
        synchronized (idle) {
            return idle.size();
        }
    }
}
