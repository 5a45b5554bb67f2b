package io.shanhai.registry;

import io.shanhai.membership.Membership;
import io.shanhai.metrics.Counter;
import io.shanhai.metrics.Metrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.ChangeFeed;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Lease;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.Txn;
import io.shanhai.store.TxnResult;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Registers instances and says which exist. What is stored is the truth: an instance is a key under `/services/`,
/// whoever wrote it. Reads are answered from memory, as of the revision this node serves.
///
/// Thread safety: safe for all threads. Writes return when they are durable, and say whether this node serves them.
public final class Registry {

    /// Every instance is a key that begins so: `/services/{service}/{host:port}`.
    public static final Bytes PREFIX = InstanceCodec.PREFIX;

    private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,127}");
    private static final long MAX_EXACT_JSON_INTEGER = 1L << 53; // RFC 8259 section 6: larger lease ids would lose digits in clients

    private final Store store;
    private final Membership membership;
    private final Directory directory = new Directory();
    private final Counter registrations;
    private final Counter heartbeats;
    private final Counter missedHeartbeats;

    /// @param leaseId 0 for an instance without a lease
    /// @param ttlSeconds granted time, 0 without a lease
    /// @param live this node's data plane serves it
    public record Registration(String service, String address, long leaseId, long ttlSeconds, long revision, boolean live) {}

    /// @param revision of the deletion
    public record Deregistration(long revision, boolean live) {}

    public Registry(Store store, ChangeFeed feed, Membership membership, Metrics metrics) {
        this.store = store;
        this.membership = membership;
        this.registrations = metrics.counter("shanhai_registry_registrations_total", "Registrations through the API.");
        this.heartbeats = metrics.counter("shanhai_registry_heartbeats_total", "Heartbeats of known instances.");
        this.missedHeartbeats = metrics.counter("shanhai_registry_heartbeats_unknown_total", "Heartbeats of unknown instances.");
        metrics.gauge("shanhai_registry_instances", "Instances known to this node.", directory::instanceCount);
        feed.subscribe(InstanceCodec.PREFIX, directory);
    }

    /// Registers or updates an instance. A second registration with the same TTL keeps its lease and renews it.
    ///
    /// @param address `host:port`
    /// @throws IllegalArgumentException when service or address are malformed
    public Registration register(String service, String address, InstanceSpec spec) {
        Bytes key = key(service, address);
        Optional<Lease> lease = spec.ttl().map(ttl -> leaseFor(key, ttl.toSeconds()));
        long leaseId = lease.map(Lease::id).orElse(0L);
        TxnResult result = store.commit(Txn.of(Txn.Op.put(key, InstanceCodec.value(spec), leaseId)));
        registrations.increment();
        return new Registration(service, address, leaseId, lease.map(Lease::grantedTtlSeconds).orElse(0L), result.revision(),
                membership.awaitServed(result.revision()));
    }

    /// A lease for the instance alone: its present one, renewed, when it still fits, or a new one.
    Lease leaseFor(Bytes key, long ttlSeconds) {
        Optional<Lease> present = find(key).filter(kv -> kv.lease() != 0).flatMap(kv -> store.lease(kv.lease(), true));
        if (present.isPresent()) {
            Lease lease = present.get();
            boolean ownLease = lease.keys().equals(List.of(key));
            if (ownLease && lease.grantedTtlSeconds() == ttlSeconds && store.keepAlive(lease.id()) > 0) {
                return lease;
            }
        }
        return grant(ttlSeconds);
    }

    private Lease grant(long ttlSeconds) {
        while (true) {
            try {
                return store.grant(ThreadLocalRandom.current().nextLong(1, MAX_EXACT_JSON_INTEGER), ttlSeconds);
            } catch (StoreException e) {
                if (e.code() != StoreException.Code.LEASE_EXISTS) {
                    throw e;
                }
            }
        }
    }

    /// Renews the instance's lease.
    ///
    /// @return false when the instance is not registered (register again) or its lease has ended
    public boolean heartbeat(String service, String address) {
        Optional<KeyValue> kv = find(key(service, address));
        boolean alive = kv.isPresent() && (kv.get().lease() == 0 || store.keepAlive(kv.get().lease()) > 0);
        (alive ? heartbeats : missedHeartbeats).increment();
        return alive;
    }

    /// Removes the instance; its lease ends too when nothing else hangs on it.
    ///
    /// @return empty when it was not registered
    public Optional<Deregistration> deregister(String service, String address) {
        Bytes key = key(service, address);
        Optional<KeyValue> present = find(key);
        if (present.isEmpty()) {
            return Optional.empty();
        }
        TxnResult result = delete(key);
        if (((TxnResult.OpResult.Delete) result.results().getFirst()).deleted() == 0) {
            return Optional.empty(); // somebody else was faster, and the revision is none of ours: nobody will serve it
        }
        endWhenUnused(present.get().lease());
        return Optional.of(new Deregistration(result.revision(), membership.awaitServed(result.revision())));
    }

    private TxnResult delete(Bytes key) {
        directory.expectDeparture(key);
        boolean deleted = false;
        try {
            TxnResult result = store.commit(Txn.of(Txn.Op.delete(key)));
            deleted = ((TxnResult.OpResult.Delete) result.results().getFirst()).deleted() > 0;
            return result;
        } finally {
            if (!deleted) {
                directory.expectNoDeparture(key);
            }
        }
    }

    /// Ends a lease that nothing hangs on any more. It may expire between our look and the call: then it is gone, which is
    /// what was wanted. And what was asked for, the write, is done: a store that is away just now does not make it fail,
    /// the lease ends by itself.
    ///
    /// @param lease 0 for none
    void endWhenUnused(long lease) {
        try {
            if (lease != 0 && store.lease(lease, true).map(found -> found.keys().isEmpty()).orElse(false)) {
                store.revoke(lease);
            }
        } catch (StoreException e) {
            if (e.code() != StoreException.Code.LEASE_NOT_FOUND && e.code() != StoreException.Code.UNAVAILABLE) {
                throw e;
            }
        }
    }

    /// Services with at least one instance and how many they have.
    public SortedMap<String, Integer> services() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        directory.views().forEach((service, view) -> {
            if (!view.instances().isEmpty()) {
                counts.put(service, view.instances().size());
            }
        });
        return counts;
    }

    /// The service as this node serves it; without instances when it is unknown.
    public ServiceView view(String service) {
        return directory.view(service);
    }

    /// The service as it was at a revision that can still be read; who had left before is not known then.
    ///
    /// @throws StoreException COMPACTED or FUTURE_REVISION
    public ServiceView view(String service, long revision) {
        Bytes prefix = InstanceCodec.key(service, "");
        List<Instance> instances = store.range(RangeRequest.prefix(prefix).at(revision)).kvs().stream()
                .filter(kv -> InstanceCodec.service(kv.key()).equals(service)).map(InstanceCodec::decode).toList();
        return new ServiceView(service, instances.stream().mapToLong(Instance::modRevision).max().orElse(0), instances,
                List.of());
    }

    /// As [#services()], at a revision that can still be read.
    ///
    /// @throws StoreException COMPACTED or FUTURE_REVISION
    public SortedMap<String, Integer> services(long revision) {
        SortedMap<String, Integer> counts = new TreeMap<>();
        store.range(RangeRequest.prefix(PREFIX).at(revision).withoutValues()).kvs().stream()
                .map(kv -> InstanceCodec.service(kv.key())).filter(service -> !service.isEmpty())
                .forEach(service -> counts.merge(service, 1, Integer::sum));
        return counts;
    }

    /// Every service ever seen since start.
    public SortedMap<String, ServiceView> views() {
        return directory.views();
    }

    /// Calls the listener after each change of any service, on the feed's thread, which it must not block.
    ///
    /// @return closes the subscription
    public AutoCloseable watch(Consumer<ServiceView> listener) {
        return directory.listen(listener);
    }

    private Optional<KeyValue> find(Bytes key) {
        return store.range(RangeRequest.key(key)).kvs().stream().findFirst();
    }

    void expectDeparture(Bytes key) {
        directory.expectDeparture(key);
    }

    void expectNoDeparture(Bytes key) {
        directory.expectNoDeparture(key);
    }

    void countRegistration() {
        registrations.increment();
    }

    static Bytes key(String service, String address) {
        if (!SERVICE.matcher(service).matches()) {
            throw new IllegalArgumentException("service: \"" + service + "\" (expected: " + SERVICE.pattern() + ")");
        }
        return InstanceCodec.key(service, Address.parse(address).toString());
    }
}
