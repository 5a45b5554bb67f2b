package io.shanhai.gateway.plan;

import com.sun.management.OperatingSystemMXBean;
import io.shanhai.ControlPlane;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// How long a change of one route takes to be live when there are many: the write to the disk and the new Plan. Also what
/// the routes take of the heap, specs and compiled form together, and how long the start takes. About a minute.
///
/// Run: `mvn -q -Pjmh test-compile`, then with the test class path
/// `java -Xmx1g -XX:+UseSerialGC -XX:+UseCompactObjectHeaders io.shanhai.gateway.plan.RouteChangeBench [routes] [folder]`.
public final class RouteChangeBench {

    private static final int BATCH = 100; // the store takes 128 operations a transaction
    private static final int CHANGES = 2_000;

    private RouteChangeBench() {}

    public static void main(String[] args) throws Exception {
        int routes = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        Path folder = Files.createTempDirectory(Path.of(args.length > 1 ? args[1] : "."), "route-change-");
        long empty = usedBytes();
        try (ControlPlane plane = new ControlPlane(folder)) {
            long start = System.nanoTime();
            long cpu = cpuNanos();
            for (int from = 0; from < routes; from += BATCH) {
                List<Txn.Op> ops = new ArrayList<>();
                for (int i = from; i < Math.min(routes, from + BATCH); i++) {
                    ops.add(Txn.Op.put(Bytes.utf8("/shanhai/routes/r" + i), Bytes.utf8(spec(i, 0))));
                }
                plane.store.commit(new Txn(List.of(), ops, List.of()));
            }
            while (!plane.membership.awaitServed(plane.store.revision())) {
                // the planner is behind: an import is faster than what it changes
            }
            System.out.printf("%d routes in transactions of %d: %.1f s, %.1f s of CPU%n", routes, BATCH,
                    (System.nanoTime() - start) / 1e9, (cpuNanos() - cpu) / 1e9);
            System.out.printf("heap: %d bytes a route, with its stored form%n", (usedBytes() - empty) / routes);
            oneByOne(plane, routes);
        }
        long start = System.nanoTime();
        long cpu = cpuNanos();
        try (ControlPlane plane = new ControlPlane(folder)) {
            System.out.printf("start with %d pools: %.1f s, %.1f s of CPU%n", plane.live.current().pools().size(),
                    (System.nanoTime() - start) / 1e9, (cpuNanos() - cpu) / 1e9);
        }
        try (var files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void oneByOne(ControlPlane plane, int routes) {
        long[] nanos = new long[CHANGES];
        int late = 0;
        long cpu = cpuNanos();
        for (int i = 0; i < CHANGES; i++) {
            long start = System.nanoTime();
            late += plane.catalogue.put(Kind.ROUTE, "r" + i * 31 % routes, spec(i * 31 % routes, i)).live() ? 0 : 1;
            nanos[i] = System.nanoTime() - start;
        }
        cpu = cpuNanos() - cpu;
        Arrays.sort(nanos);
        System.out.printf("a change is live after: median %.2f ms, p99 %.1f ms, most %.0f ms; %d were not within a second%n",
                nanos[CHANGES / 2] / 1e6, nanos[CHANGES * 99 / 100] / 1e6, nanos[CHANGES - 1] / 1e6, late);
        System.out.printf("a change costs %.2f ms of CPU, collections included%n", cpu / 1e6 / CHANGES);
    }

    private static String spec(int i, int version) {
        return "{\"match\":{\"path\":\"/api/v" + version % 7 + "/service" + i % 1000 + "/item" + i + "\"},\"service\":\"service"
                + i % 1000 + "\"}";
    }

    /// Of the process: on a shared machine wall times say little.
    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
