package io.shanhai.store;

import com.sun.management.OperatingSystemMXBean;
import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.embedded.EmbeddedStore;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// 50,000 leases: what the process does while nobody asks for anything, and what one keepalive costs. Asked: at most 0.5 %
/// of a core, 3 µs, no fsync.
///
/// Run: `bench/store leases`, or with the test class path `java io.shanhai.store.IdleLeasesBench`. Half a minute.
public final class IdleLeasesBench {

    private static final int LEASES = 50_000;
    private static final int GRANTERS = 64; // they share syncs
    private static final long TTL_SECONDS = 600;
    private static final long SETTLE_MILLIS = 6_000; // a checkpoint, and the compiler's last work
    private static final long IDLE_MILLIS = 20_000;
    private static final int KEEPALIVES = 500_000;

    private IdleLeasesBench() {}

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("leases-");
        PlainMetrics metrics = new PlainMetrics();
        try (EmbeddedStore store = new EmbeddedStore(folder, StoreSettings.defaults(), metrics)) {
            store.start();
            grant(store);
            Thread.sleep(SETTLE_MILLIS);
            idle();
            keepAlive(store, metrics);
        }
        try (var files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void grant(EmbeddedStore store) throws InterruptedException {
        List<Thread> granters = new ArrayList<>();
        for (int g = 0; g < GRANTERS; g++) {
            int first = g + 1;
            granters.add(Thread.ofVirtual().start(() -> {
                for (int id = first; id <= LEASES; id += GRANTERS) {
                    store.grant(id, TTL_SECONDS);
                }
            }));
        }
        for (Thread granter : granters) {
            granter.join();
        }
    }

    private static void idle() throws InterruptedException {
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = process.getProcessCpuTime();
        long start = System.nanoTime();
        Thread.sleep(IDLE_MILLIS);
        double share = (double) (process.getProcessCpuTime() - cpu) / (System.nanoTime() - start);
        Row.print("50,000 leases idle, CPU of the process", "0.5 %% of a core", "%.2f %%", 100 * share);
    }

    private static void keepAlive(EmbeddedStore store, PlainMetrics metrics) {
        long syncs = metrics.count("shanhai_store_syncs_total");
        double nanos = 0;
        for (int round = 0; round < 2; round++) { // the first warms up
            long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (int i = 0; i < KEEPALIVES; i++) {
                if (store.keepAlive(i % LEASES + 1) != TTL_SECONDS) {
                    throw new IllegalStateException("lease " + (i % LEASES + 1) + " is gone");
                }
            }
            nanos = (double) (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu) / KEEPALIVES;
        }
        Row.print("one keepalive, CPU of its thread", "3 us, no fsync", "%.2f us, %d fsyncs", nanos / 1e3,
                metrics.count("shanhai_store_syncs_total") - syncs);
    }
}
