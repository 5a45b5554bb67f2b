package io.shanhai.registry;

import io.shanhai.store.Bytes;
import io.shanhai.store.KeyValue;
import io.shanhai.store.Lease;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Registers and deregisters instances as a part of somebody else's transaction: it says what to write before, and
/// tidies up after. Safe for all threads.
public final class Registrar {

    private final Store store;
    private final Registry registry;

    public Registrar(Store store, Registry registry) {
        this.store = store;
        this.registry = registry;
    }

    /// @throws IllegalArgumentException when service or address are malformed
    public static Bytes key(String service, String address) {
        return Registry.key(service, address);
    }

    /// Registering would change nothing but the time its lease has left.
    ///
    /// @param kv the instance as stored
    public boolean isRegisteredAs(KeyValue kv, InstanceSpec spec) {
        long ttlSeconds = spec.ttl().map(Duration::toSeconds).orElse(0L);
        long granted = kv.lease() == 0
                ? 0
                : store.lease(kv.lease(), true).filter(lease -> lease.keys().equals(List.of(kv.key())))
                        .map(Lease::grantedTtlSeconds).orElse(-1L);
        return granted == ttlSeconds && kv.value().equals(InstanceCodec.value(spec));
    }

    /// Gives the lease its full time again.
    public void renew(KeyValue kv) {
        if (kv.lease() != 0) {
            store.keepAlive(kv.lease());
        }
    }

    /// What registers the instance. Grants a lease when it has none that fits: [#end] it when the transaction fails.
    public Txn.Op.Put registering(Bytes key, InstanceSpec spec) {
        Optional<Lease> lease = spec.ttl().map(ttl -> registry.leaseFor(key, ttl.toSeconds()));
        return Txn.Op.put(key, InstanceCodec.value(spec), lease.map(Lease::id).orElse(0L));
    }

    /// The transaction was carried out.
    public void registered() {
        registry.countRegistration();
    }

    /// A transaction is about to delete the instance: that is no expiry.
    public void leaves(Bytes key) {
        registry.expectDeparture(key);
    }

    /// The transaction failed.
    public void stays(Bytes key) {
        registry.expectNoDeparture(key);
    }

    /// Ends a lease that nothing hangs on any more.
    ///
    /// @param lease 0 for none
    public void end(long lease) {
        registry.endWhenUnused(lease);
    }
}
