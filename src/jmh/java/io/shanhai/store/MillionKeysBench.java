package io.shanhai.store;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A million keys with values of 100 bytes in a JVM with the flags of `bin/shanhai`: what a lone durable put takes before
/// and after, what memory the process has, and how long the next process takes to open it. Asked: at most 600 MB, 5 s, and
/// p99 of a put within 2 x. Linux only (`/proc/self/status`).
///
/// Run: `bench/store million`, or three times with the test class path and the same folder:
/// `java io.shanhai.store.MillionKeysBench load FOLDER`, which ends like `kill -9`, then `... reopen FOLDER` twice: after
/// the kill, and after an orderly end.
public final class MillionKeysBench {

    private static final int KEYS = 1_000_000;
    private static final int WARM_UP = 4_000; // puts
    private static final int PUTS = 10_000; // some seconds: a checkpoint falls into them
    private static final Bytes VALUE = Bytes.wrap(new byte[100]);

    private MillionKeysBench() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[1]);
        if (args[0].equals("load")) {
            load(folder);
        } else {
            reopen(folder);
        }
    }

    private static EmbeddedStore open(Path folder) {
        EmbeddedStore store = new EmbeddedStore(folder, StoreSettings.defaults(), new PlainMetrics());
        store.start();
        return store;
    }

    private static Bytes key(int number) {
        return Bytes.utf8("/services/user-svc/10.0.%d.%d:8080".formatted(number / 256, number % 256));
    }

    private static void load(Path folder) throws IOException {
        EmbeddedStore store = open(folder);
        lonePuts(store, 100, WARM_UP);
        long[] before = lonePuts(store, 100, PUTS);
        long start = System.nanoTime();
        for (int from = 0; from < KEYS; from += Txn.MAX_OPS) {
            List<Op> puts = new ArrayList<>();
            for (int i = from; i < Math.min(KEYS, from + Txn.MAX_OPS); i++) {
                puts.add(Op.put(key(i), VALUE));
            }
            store.commit(Txn.of(puts));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        lonePuts(store, KEYS, WARM_UP); // pages that the load has evicted come back once
        long[] after = lonePuts(store, KEYS, PUTS);
        Row.print("1,000,000 keys of 100 B: loaded, 128 a transaction", "-", "%.1f s", seconds);
        Row.print("lone put before, p50 and p99", "-", "%.0f and %.0f us", micros(before, 50), micros(before, 99));
        Row.print("lone put after, p50 and p99", "p99 within 2 x", "%.0f and %.0f us: %.2f x", micros(after, 50),
                micros(after, 99), micros(after, 99) / micros(before, 99));
        Row.print("RSS with them", "600 MB (aim 400)", "%.0f MB", residentMegabytes());
        System.out.flush();
        Runtime.getRuntime().halt(0); // the store is not closed: the next process finds what a kill leaves
    }

    private static void reopen(Path folder) throws IOException {
        long start = System.nanoTime();
        try (EmbeddedStore store = open(folder)) {
            double seconds = (System.nanoTime() - start) / 1e9;
            long count = store.range(RangeRequest.key(key(KEYS - 1))).count();
            Row.print("reopened, at revision " + store.revision(), "5 s (aim 2)", "%.2f s, RSS %.0f MB%s", seconds,
                    residentMegabytes(), count == 1 ? "" : ", THE LAST KEY IS MISSING");
        }
    }

    private static long[] lonePuts(EmbeddedStore store, int among, int puts) {
        Random random = new Random(puts);
        long[] nanos = new long[puts];
        for (int i = 0; i < puts; i++) {
            Txn txn = Txn.of(Op.put(key(random.nextInt(among)), VALUE));
            long start = System.nanoTime();
            store.commit(txn);
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private static double micros(long[] sorted, int percent) {
        return sorted[sorted.length * percent / 100] / 1e3;
    }

    private static double residentMegabytes() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("VmRSS:"))
                .findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e6;
    }
}
