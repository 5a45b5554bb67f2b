package io.shanhai.store.etcd;

import io.shanhai.store.LeaseContract;
import io.shanhai.store.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class EtcdLeaseTest extends LeaseContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() throws Exception {
        return EtcdStores.fresh(folder);
    }
}
