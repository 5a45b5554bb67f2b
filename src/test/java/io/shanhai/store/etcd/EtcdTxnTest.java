package io.shanhai.store.etcd;

import io.shanhai.store.Store;
import io.shanhai.store.TxnContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class EtcdTxnTest extends TxnContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() throws Exception {
        return EtcdStores.fresh(folder);
    }
}
