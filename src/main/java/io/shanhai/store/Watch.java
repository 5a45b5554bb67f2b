package io.shanhai.store;

import java.util.List;
import java.util.Optional;

/// A running watch. Events arrive in revision order, each once, without a gap; those of one revision arrive together.
public interface Watch extends AutoCloseable {

    /// Every event of this watch up to and including this revision has been delivered; the store may be further on. How
    /// soon it follows the writes that are none of this watch is the store's affair.
    long position();

    /// Ends the watch; no call of the listener begins after this returns. Idempotent.
    @Override
    void close();

    /// Called on the watch's own thread, one call at a time. A slow listener delays only its own watch: the store
    /// keeps no queue for it beyond a bound but reads what it missed from history. A listener that throws ends its watch.
    interface Listener {

        /// @param revision the revision these events belong to
        void onEvents(long revision, List<Event> events);

        /// The start revision was compacted, or compaction overtook a slow listener, or the store turned out to have
        /// another history (an etcd that was restored); the watch is over. Read what there is, then watch from there.
        ///
        /// @param compactedRevision watch again from at least one more
        void onCompacted(long compactedRevision);
    }

    enum Kind {
        PUT,
        DELETE
    }

    /// @param kv the key after the event; for a deletion key and modRevision only
    /// @param previous the key before, when asked for, when it existed and is not compacted
    record Event(Kind kind, KeyValue kv, Optional<KeyValue> previous) {}
}
