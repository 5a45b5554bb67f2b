package io.shanhai.store;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.embedded.EmbeddedStore;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.atomic.AtomicLong;

/// How long until the last of 1,000 watchers in this process has been called: from the moment that a put has returned, and
/// its revision is visible, to the end of the last listener's call. Puts come one at a time with a pause between. Asked:
/// p99 at most 2 ms.
///
/// Run: `bench/store fan-out`, or with the test class path `java io.shanhai.store.FanOutBench`.
public final class FanOutBench {

    private static final int WATCHERS = 1_000;
    private static final int WARM_UP = 1_500; // puts; a million listener calls and a half
    private static final int PUTS = 1_500;
    private static final long PAUSE_NANOS = 2_000_000; // every watch sleeps again: the worst case

    private FanOutBench() {}

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("fan-out-");
        try (EmbeddedStore store = new EmbeddedStore(folder, StoreSettings.defaults(), new PlainMetrics())) {
            store.start();
            measure(store);
        }
        try (var files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void measure(EmbeddedStore store) {
        AtomicLong calls = new AtomicLong();
        AtomicLong lastCallNanos = new AtomicLong();
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < WATCHERS; i++) {
            watches.add(store.watch(WatchRequest.prefix(Bytes.utf8("/hot/"), 0), new Watch.Listener() {
                @Override
                public void onEvents(long revision, List<Watch.Event> events) {
                    if (calls.incrementAndGet() % WATCHERS == 0) {
                        lastCallNanos.set(System.nanoTime());
                    }
                }

                @Override
                public void onCompacted(long compactedRevision) {
                    throw new IllegalStateException("nothing is compacted here");
                }
            }));
        }
        long[] nanos = new long[PUTS];
        Bytes value = Bytes.wrap(new byte[100]);
        long cpu = 0;
        for (int i = -WARM_UP; i < PUTS; i++) {
            if (i == 0) {
                cpu = processCpuNanos();
            }
            store.commit(Txn.of(Op.put(Bytes.utf8("/hot/" + i % 100), value)));
            long published = System.nanoTime();
            long wanted = (long) (i + WARM_UP + 1) * WATCHERS;
            while (calls.get() < wanted || lastCallNanos.get() == 0) {
                LockSupport.parkNanos(50_000); // this thread must not take a core from the watches
            }
            if (i >= 0) {
                nanos[i] = Math.max(0, lastCallNanos.get() - published);
            }
            lastCallNanos.set(0);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        cpu = processCpuNanos() - cpu;
        watches.forEach(Watch::close);
        Arrays.sort(nanos);
        Row.print("watch fan-out to 1,000 watchers, p99", "2 ms (aim 1)", "%.2f ms (p50 %.2f, max %.2f; %.0f ns CPU a call)",
                nanos[PUTS * 99 / 100] / 1e6, nanos[PUTS / 2] / 1e6, nanos[PUTS - 1] / 1e6, (double) cpu / PUTS / WATCHERS);
    }

    private static long processCpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
