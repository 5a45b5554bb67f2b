package io.shanhai.admin;

import io.shanhai.registry.Registry;
import io.shanhai.registry.ServiceView;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Feeds one event stream with service views: the present state first, then each change. An event is a service's whole
/// state, so a client that missed some needs only the latest.
final class ViewFeed {

    private final EventStream stream;
    /// By service. Views are compared by identity: the registry makes a new one for each change, and a revision may go
    /// back when the registry had to read everything again.
    private final Map<String, ServiceView> last = new HashMap<>();

    private ViewFeed(EventStream stream) {
        this.stream = stream;
    }

    /// @param service the one to follow, `""` for all
    /// @param lastEventId the revision a client has already, below 0 when it has none
    static AutoCloseable start(EventStream stream, Registry registry, String service, long lastEventId) {
        ViewFeed feed = new ViewFeed(stream);
        AutoCloseable subscription = registry.watch(view -> {
            if (service.isEmpty() || view.service().equals(service)) {
                feed.offer(view);
            }
        });
        feed.present(registry, service, lastEventId);
        return subscription;
    }

    // Views are read under the lock: a change told meanwhile waits and comes after, one told before is in what is read.
    private synchronized void present(Registry registry, String service, long lastEventId) {
        Collection<ServiceView> views = service.isEmpty() ? registry.views().values() : List.of(registry.view(service));
        for (ServiceView view : views) {
            // All streams' ids are revisions of one store: what is not newer was seen.
            boolean seen = service.isEmpty() ? view.revision() <= lastEventId : view.revision() == lastEventId;
            if (seen) {
                last.put(view.service(), view);
            } else {
                offer(view);
            }
        }
    }

    private synchronized void offer(ServiceView view) {
        if (last.put(view.service(), view) != view) {
            stream.offer(view.revision(), "service", Json.bytes(RegistryService.json(view)));
        }
    }
}
