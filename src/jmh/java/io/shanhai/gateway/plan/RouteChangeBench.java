package io.shanhai.gateway.plan;

import io.shanhai.ControlPlane;
import io.shanhai.gateway.plan.Catalogue.Kind;
import io.shanhai.store.Bytes;
import io.shanhai.store.Txn;
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

    private static final int BATCH = 1_000;
    private static final int CHANGES = 2_000;

    private RouteChangeBench() {}

    public static void main(String[] args) throws Exception {
        int routes = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        Path folder = Files.createTempDirectory(Path.of(args.length > 1 ? args[1] : "."), "route-change-");
        long empty = usedBytes();
        try (ControlPlane plane = new ControlPlane(folder)) {
            long start = System.nanoTime();
            for (int from = 0; from < routes; from += BATCH) {
                List<Txn.Op> ops = new ArrayList<>();
                for (int i = from; i < Math.min(routes, from + BATCH); i++) {
                    ops.add(Txn.Op.put(Bytes.utf8("/shanhai/routes/r" + i), Bytes.utf8(spec(i, 0))));
                }
                plane.store.commit(new Txn(List.of(), ops, List.of()));
            }
            plane.membership.awaitServed(plane.store.revision());
            System.out.printf("%d routes in transactions of %d: %.1f s%n", routes, BATCH, (System.nanoTime() - start) / 1e9);
            System.out.printf("heap: %d bytes a route, with its stored form%n", (usedBytes() - empty) / routes);
            oneByOne(plane, routes);
        }
        long start = System.nanoTime();
        try (ControlPlane plane = new ControlPlane(folder)) {
            System.out.printf("start with %d routes: %.1f s%n", plane.live.current().pools().size() == 0 ? 0 : routes,
                    (System.nanoTime() - start) / 1e9);
        }
        try (var files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void oneByOne(ControlPlane plane, int routes) {
        long[] nanos = new long[CHANGES];
        for (int i = 0; i < CHANGES; i++) {
            long start = System.nanoTime();
            if (!plane.catalogue.put(Kind.ROUTE, "r" + i * 31 % routes, spec(i * 31 % routes, i)).live()) {
                throw new IllegalStateException("not live within a second");
            }
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        System.out.printf("a change is live after: median %.2f ms, p99 %.1f ms, most %.0f ms%n", nanos[CHANGES / 2] / 1e6,
                nanos[CHANGES * 99 / 100] / 1e6, nanos[CHANGES - 1] / 1e6);
    }

    private static String spec(int i, int version) {
        return "{\"match\":{\"path\":\"/api/v" + version % 7 + "/service" + i % 1000 + "/item" + i + "\"},\"service\":\"service"
                + i % 1000 + "\"}";
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
