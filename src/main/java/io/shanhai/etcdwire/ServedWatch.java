package io.shanhai.etcdwire;

import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.Event.EventType;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchCreateRequest.FilterType;
import io.etcd.jetcd.api.WatchResponse;
import io.shanhai.store.Watch;
import java.util.ArrayList;
import java.util.List;

/// One watch of a stream: the store's events as etcd's responses. Called on the store's thread for this watch, which
/// waits here while the client does not read; the store then queues nothing for it and rereads what it missed.
final class ServedWatch implements Watch.Listener {

    private static final int EVENT_BYTES = 32; // tags, lengths and numbers of one event, about

    private final WatchStream stream;
    private final long id;
    private final boolean puts;
    private final boolean deletions;
    private final boolean fragmented;
    private final boolean wantsProgress;
    private volatile boolean cancelled;
    /// Since the last look at whether it is quiet.
    private volatile boolean spoke;
    private Watch watch; // guarded by the stream's lock

    ServedWatch(WatchStream stream, long id, WatchCreateRequest request) {
        this.stream = stream;
        this.id = id;
        this.puts = !request.getFiltersList().contains(FilterType.NOPUT);
        this.deletions = !request.getFiltersList().contains(FilterType.NODELETE);
        this.fragmented = Missing.CREATE_FRAGMENT.number(request) != 0;
        this.wantsProgress = request.getProgressNotify();
    }

    long id() {
        return id;
    }

    boolean wantsProgress() {
        return wantsProgress;
    }

    void runs(Watch started) {
        watch = started;
    }

    /// The store's side of it; null until it runs.
    Watch watch() {
        return watch;
    }

    void cancel() {
        cancelled = true;
    }

    boolean isWanted() {
        return !cancelled;
    }

    /// Every event up to this revision has been handed to the client; 0 until it runs.
    long position() {
        return watch == null ? 0 : watch.position();
    }

    /// Whether it sent nothing since the last call.
    boolean wasQuiet() {
        boolean quiet = !spoke;
        spoke = false;
        return quiet;
    }

    @Override
    public void onEvents(long revision, List<Watch.Event> events) {
        List<Event> sent = new ArrayList<>(events.size());
        long bytes = 0;
        for (Watch.Event event : events) {
            if (event.kind() == Watch.Kind.PUT ? puts : deletions) {
                Event message = event(event);
                bytes += bytes(message);
                sent.add(message);
            }
        }
        if (sent.isEmpty()) {
            return;
        }
        spoke = true;
        if (fragmented && bytes > WatchService.FRAGMENT_BYTES) {
            sendFragments(revision, sent);
        } else {
            stream.send(this, stream.response(revision, id).addAllEvents(sent).build(), bytes);
        }
    }

    /// A fragment has at least one event, the last one says that nothing follows.
    private void sendFragments(long revision, List<Event> events) {
        int from = 0;
        while (from < events.size()) {
            long bytes = bytes(events.get(from));
            int to = from + 1;
            while (to < events.size() && bytes + bytes(events.get(to)) <= WatchService.FRAGMENT_BYTES) {
                bytes += bytes(events.get(to++));
            }
            WatchResponse.Builder fragment = stream.response(revision, id).addAllEvents(events.subList(from, to));
            if (to < events.size()) {
                fragment.setUnknownFields(Missing.RESPONSE_FRAGMENT.with(1));
            }
            if (!stream.send(this, fragment.build(), bytes)) {
                return;
            }
            from = to;
        }
    }

    private static long bytes(Event event) {
        return EVENT_BYTES + bytes(event.getKv()) + (event.hasPrevKv() ? bytes(event.getPrevKv()) : 0);
    }

    private static long bytes(KeyValue kv) {
        return (long) kv.getKey().size() + kv.getValue().size();
    }

    private static Event event(Watch.Event event) {
        Event.Builder message = Event.newBuilder()
                .setType(event.kind() == Watch.Kind.PUT ? EventType.PUT : EventType.DELETE).setKv(Wire.keyValue(event.kv()));
        if (event.previous().isPresent()) {
            message.setPrevKv(Wire.keyValue(event.previous().get()));
        }
        return message.build();
    }

    @Override
    public void onCompacted(long compactedRevision) {
        stream.compacted(this, compactedRevision);
    }
}
