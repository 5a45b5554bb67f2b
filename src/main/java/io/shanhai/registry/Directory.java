package io.shanhai.registry;

import io.shanhai.registry.ServiceView.Departure;
import io.shanhai.store.Bytes;
import io.shanhai.store.ChangeFeed;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Watch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The registry's memory: one immutable view per service, replaced as the feed brings changes. One writer (the feed's
/// thread), any number of readers.
final class Directory implements ChangeFeed.Consumer {

    private static final Logger LOG = LoggerFactory.getLogger(Directory.class);

    private volatile SortedMap<String, ServiceView> views = Collections.emptySortedMap();
    private final List<Consumer<ServiceView>> listeners = new CopyOnWriteArrayList<>();
    /// Keys somebody asked us to delete: tells "deregistered" from "its lease ended". Emptied as the deletions arrive.
    private final Set<Bytes> expectedDepartures = ConcurrentHashMap.newKeySet();

    @Override
    public void reset(long revision, List<KeyValue> state) {
        SortedMap<String, List<Instance>> byService = new TreeMap<>();
        for (KeyValue kv : state) {
            String service = InstanceCodec.service(kv.key());
            if (!service.isEmpty()) {
                byService.computeIfAbsent(service, _ -> new ArrayList<>()).add(InstanceCodec.decode(kv));
            }
        }
        SortedMap<String, ServiceView> next = new TreeMap<>();
        byService.forEach((service, instances) -> next.put(service, new ServiceView(service,
                instances.stream().mapToLong(Instance::modRevision).max().orElse(revision), instances, List.of())));
        Set<String> gone = new LinkedHashSet<>(views.keySet());
        gone.removeAll(next.keySet());
        gone.forEach(service -> next.put(service, new ServiceView(service, revision, List.of(), List.of())));
        views = Collections.unmodifiableSortedMap(next);
        next.values().forEach(this::tell);
    }

    @Override
    public void apply(long revision, List<Watch.Event> events) {
        SortedMap<String, ServiceView> next = new TreeMap<>(views);
        Set<String> touched = new LinkedHashSet<>();
        for (Watch.Event event : events) {
            String service = InstanceCodec.service(event.kv().key());
            if (!service.isEmpty()) {
                next.put(service, changed(next.get(service), service, revision, event));
                touched.add(service);
            }
        }
        views = Collections.unmodifiableSortedMap(next);
        touched.forEach(service -> tell(next.get(service)));
    }

    private ServiceView changed(ServiceView before, String service, long revision, Watch.Event event) {
        List<Instance> instances = new ArrayList<>(before == null ? List.of() : before.instances());
        List<Departure> departed = new ArrayList<>(before == null ? List.of() : before.departed());
        String address = InstanceCodec.address(event.kv().key());
        int at = 0;
        while (at < instances.size() && instances.get(at).address().compareTo(address) < 0) {
            at++;
        }
        boolean known = at < instances.size() && instances.get(at).address().equals(address);
        departed.removeIf(d -> d.address().equals(address));
        switch (event.kind()) {
            case PUT -> {
                Instance instance = InstanceCodec.decode(event.kv());
                if (known) {
                    instances.set(at, instance);
                } else {
                    instances.add(at, instance);
                }
            }
            case DELETE -> {
                if (known) {
                    departed.addFirst(departure(event.kv().key(), instances.remove(at), revision));
                }
            }
        }
        return new ServiceView(service, revision, instances,
                departed.subList(0, Math.min(departed.size(), ServiceView.MAX_DEPARTED)));
    }

    private Departure departure(Bytes key, Instance instance, long revision) {
        String why = expectedDepartures.remove(key)
                ? "deregistered"
                : instance.leaseId() != 0
                        ? "lease " + instance.leaseId() + " expired, or its key was deleted"
                        : "its key was deleted";
        return new Departure(instance.address(), revision, Instant.now(), why);
    }

    private void tell(ServiceView view) {
        for (Consumer<ServiceView> listener : listeners) {
            try {
                listener.accept(view);
            } catch (RuntimeException e) {
                LOG.error("a registry listener failed at service {} revision {}", view.service(), view.revision(), e);
            }
        }
    }

    void expectDeparture(Bytes key) {
        expectedDepartures.add(key);
    }

    void expectNoDeparture(Bytes key) {
        expectedDepartures.remove(key);
    }

    ServiceView view(String service) {
        ServiceView view = views.get(service);
        return view == null ? new ServiceView(service, 0, List.of(), List.of()) : view;
    }

    SortedMap<String, ServiceView> views() {
        return views;
    }

    int instanceCount() {
        return views.values().stream().mapToInt(v -> v.instances().size()).sum();
    }

    AutoCloseable listen(Consumer<ServiceView> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
