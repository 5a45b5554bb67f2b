package io.shanhai.store.embedded;

import static org.awaitility.Awaitility.await;

import io.shanhai.store.Bytes;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchContract;
import io.shanhai.store.WatchRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedWatchTest extends WatchContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() {
        return EmbeddedStores.open(folder);
    }

    /// A store in another process may know no such thing: etcd tells it every ten minutes.
    @Test
    void positionFollowsTheStoreOverWritesOfOthers() {
        Watch watch = store.watch(WatchRequest.prefix(Bytes.utf8("a"), 0), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> events) {
                throw new AssertionError("nobody writes there");
            }

            @Override
            public void onCompacted(long compactedRevision) {
                throw new AssertionError("nothing is compacted");
            }
        });
        for (int i = 0; i < 20; i++) {
            store.commit(Txn.of(Txn.Op.put(Bytes.utf8("b"), Bytes.EMPTY)));
        }
        await().until(() -> watch.position() == 21);
    }
}
