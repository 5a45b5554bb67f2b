package io.shanhai.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/// A watch listener that keeps what it heard.
final class Recorder implements Watch.Listener {

    record Heard(long revision, List<Watch.Event> events) {}

    private final List<Heard> heard = new ArrayList<>();
    private long compacted;

    @Override
    public synchronized void onEvents(long revision, List<Watch.Event> events) {
        heard.add(new Heard(revision, List.copyOf(events)));
    }

    @Override
    public synchronized void onCompacted(long compactedRevision) {
        compacted = compactedRevision;
    }

    synchronized List<Heard> heard() {
        return List.copyOf(heard);
    }

    synchronized List<Long> revisions() {
        return heard.stream().map(Heard::revision).toList();
    }

    synchronized long compacted() {
        return compacted;
    }

    /// Waits for as many deliveries.
    List<Heard> await(int deliveries) {
        Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(20))
                .until(() -> heard().size() >= deliveries);
        return heard();
    }
}
