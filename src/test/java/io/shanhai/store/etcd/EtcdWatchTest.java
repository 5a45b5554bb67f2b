package io.shanhai.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shanhai.store.Bytes;
import io.shanhai.store.Store;
import io.shanhai.store.Txn;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchContract;
import io.shanhai.store.WatchRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EtcdWatchTest extends WatchContract {

    @TempDir
    Path folder;

    @Override
    protected Store freshStore() throws Exception {
        return EtcdStores.fresh(folder);
    }

    /// With the values before, this revision is larger than a message of etcd may be: it comes in pieces.
    @Test
    void revisionThatComesInPiecesIsDeliveredWhole() throws Exception {
        Bytes value = Bytes.wrap(new byte[11 * 1024]);
        List<Op> puts = IntStream.range(0, Txn.MAX_OPS).<Op>mapToObj(i -> Op.put(Bytes.utf8("k" + i), value)).toList();
        BlockingQueue<Integer> sizes = new LinkedBlockingQueue<>();
        store.watch(new WatchRequest(Bytes.utf8("k"), Bytes.utf8("l"), 0, true), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> events) {
                sizes.add(events.stream().filter(event -> event.kv().modRevision() == revision).toList().size());
            }

            @Override
            public void onCompacted(long compactedRevision) {
                throw new AssertionError("nothing is compacted");
            }
        });
        for (int i = 0; i < 3; i++) {
            store.commit(Txn.of(puts));
        }
        for (int i = 0; i < 3; i++) {
            assertEquals(Txn.MAX_OPS, sizes.poll(20, TimeUnit.SECONDS));
        }
    }
}
