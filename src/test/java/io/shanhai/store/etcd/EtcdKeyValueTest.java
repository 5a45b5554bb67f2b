package io.shanhai.store.etcd;

import io.shanhai.store.KeyValueContract;
import io.shanhai.store.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class EtcdKeyValueTest extends KeyValueContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() throws Exception {
        return EtcdStores.fresh(folder);
    }
}
