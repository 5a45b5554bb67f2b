package io.shanhai.etcdwire;

import io.shanhai.store.Store;
import io.shanhai.store.WatchContract;
import io.shanhai.store.etcd.EtcdStores;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// The contract of watches through the door: an etcd client on one side, the embedded store on the other.
final class WireContractWatchTest extends WatchContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() throws Exception {
        TestDoor door = new TestDoor(folder);
        return EtcdStores.over(folder, door.endpoint(), door);
    }
}
