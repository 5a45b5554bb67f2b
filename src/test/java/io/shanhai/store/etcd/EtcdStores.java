package io.shanhai.store.etcd;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Lease;
import io.shanhai.store.RangeRequest;
import io.shanhai.store.RangeResult;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.TxnResult;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Opens stores on a real etcd for tests.
public final class EtcdStores {

    private EtcdStores() {}

    public static EtcdStore open(Path folder, RealEtcd etcd) {
        return open(folder, EtcdStoreSettings.of(etcd.endpoints()));
    }

    public static EtcdStore open(Path folder, EtcdStoreSettings settings) {
        EtcdStore store = new EtcdStore(folder.resolve("etcd-history"), 1, settings, new PlainMetrics());
        try {
            store.start(_ -> {});
            return store;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /// A store on a fresh etcd that ends with it: what the contract asks for at every test.
    static Store fresh(Path folder) throws Exception {
        RealEtcd etcd = RealEtcd.start();
        return over(folder, etcd.endpoint(), etcd);
    }

    /// A store on whatever speaks etcd's protocol there, which ends with the store.
    public static Store over(Path folder, String endpoint, AutoCloseable server) throws Exception {
        try {
            return new WithServer(open(folder, EtcdStoreSettings.of(List.of(endpoint))), server);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private record WithServer(Store store, AutoCloseable server) implements Store {

        @Override
        public long revision() {
            return store.revision();
        }

        @Override
        public long compactedRevision() {
            return store.compactedRevision();
        }

        @Override
        public RangeResult range(RangeRequest request) {
            return store.range(request);
        }

        @Override
        public TxnResult commit(Txn txn) {
            return store.commit(txn);
        }

        @Override
        public Lease grant(long id, long ttlSeconds) {
            return store.grant(id, ttlSeconds);
        }

        @Override
        public long keepAlive(long id) {
            return store.keepAlive(id);
        }

        @Override
        public void revoke(long id) {
            store.revoke(id);
        }

        @Override
        public Optional<Lease> lease(long id, boolean withKeys) {
            return store.lease(id, withKeys);
        }

        @Override
        public List<Long> leases() {
            return store.leases();
        }

        @Override
        public Watch watch(WatchRequest request, Watch.Listener listener) {
            return store.watch(request, listener);
        }

        @Override
        public void compact(long revision) {
            store.compact(revision);
        }

        @Override
        public void close() {
            store.close();
            try {
                server.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
