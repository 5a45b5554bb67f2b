package io.shanhai.store.embedded;

import static org.awaitility.Awaitility.await;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Bytes;
import io.shanhai.store.Watch;
import io.shanhai.store.WatchRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchHubTest {

    @TempDir
    Path folder;

    /// The waker's thread may be slow to start: a watch sleeps and a revision comes before it looks for the first time.
    @Test
    void aRevisionThatComesBeforeTheWakerRunsIsNotMissed() throws Exception {
        Index index = Index.open(folder.resolve("index.mv").toString(), 1 << 20);
        long newest = index.progress().revision();
        WatchHub hub = new WatchHub(newest, index::view, new PlainMetrics());
        List<Long> seen = new CopyOnWriteArrayList<>();
        EmbeddedWatch watch = hub.watch(WatchRequest.prefix(Bytes.utf8("/"), 0), new Watch.Listener() {
            @Override
            public void onEvents(long revision, List<Watch.Event> events) {
                seen.add(revision);
            }

            @Override
            public void onCompacted(long compactedRevision) {}
        });
        await().until(watch::isIdle);
        hub.publish(List.of(new Revision(newest + 1, List.of(new Revision.Change(Bytes.utf8("/a"), null, null)))));
        hub.start();
        await().until(() -> seen.equals(List.of(newest + 1)));
        hub.close();
        index.close();
    }
}
