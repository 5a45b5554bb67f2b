package io.shanhai.store.embedded;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Watch.Event;
import io.shanhai.store.Watch.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What one revision changed, as watches see it. Safe for all threads.
final class Revision {

    private final long number;
    private final List<Change> changes;
    // Made once for all watches that want everything; a race makes it twice, and a List.of list may be published by one.
    private List<Event> events;
    private List<Event> eventsWithPrevious;

    /// @param changes not changed any more
    Revision(long number, List<Change> changes) {
        this.number = number;
        this.changes = changes;
    }

    long number() {
        return number;
    }

    /// @param version after the change, null for a deletion
    /// @param previous before it; null when there was none or it is compacted
    record Change(Bytes key, Cell.Version version, Cell.Version previous) {

        Event event(long revision, boolean withPrevious) {
            Optional<KeyValue> before = withPrevious && previous != null
                    ? Optional.of(previous.at(key))
                    : Optional.empty();
            if (version == null) {
                return new Event(Kind.DELETE, new KeyValue(key, Bytes.EMPTY, 0, revision, 0, 0), before);
            }
            return new Event(Kind.PUT, version.at(key), before);
        }

        int bytes() {
            return key.length() + (version == null ? 0 : version.value().length())
                    + (previous == null ? 0 : previous.value().length());
        }
    }

    boolean touches(Bytes key, Bytes rangeEnd) {
        for (Change change : changes) {
            if (KeySpace.contains(key, rangeEnd, change.key())) {
                return true;
            }
        }
        return false;
    }

    List<Event> events(Bytes key, Bytes rangeEnd, boolean withPrevious) {
        List<Event> all = withPrevious ? eventsWithPrevious : events;
        if (all == null) {
            all = changes.stream().map(change -> change.event(number, withPrevious)).toList();
            if (withPrevious) {
                eventsWithPrevious = all;
            } else {
                events = all;
            }
        }
        List<Event> wanted = all;
        for (int i = 0; i < all.size(); i++) {
            boolean isWanted = KeySpace.contains(key, rangeEnd, all.get(i).kv().key());
            if (!isWanted && wanted == all) {
                wanted = new ArrayList<>(all.subList(0, i)); // the first that is left out
            } else if (isWanted && wanted != all) {
                wanted.add(all.get(i));
            }
        }
        return wanted;
    }

    long bytes() {
        long bytes = 0;
        for (Change change : changes) {
            bytes += change.bytes();
        }
        return bytes;
    }
}
