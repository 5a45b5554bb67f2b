package io.shanhai.store;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.CountDownLatch;

/// One durable put in process against the least it can cost: a 512 byte append to a preallocated file and an fdatasync.
/// The two take turns in short rounds, because the disk's mood changes by the second; each round gives a median and the
/// ratio is taken per round. Then 64 writers at once, and reads. About ten seconds.
///
/// Run: `mvn -q -Pjmh test-compile`, then with the test class path
/// `java io.shanhai.store.DurablePutBench [folder]`; the folder must be on the disk to measure.
public final class DurablePutBench {

    private static final int ROUNDS = 15;
    private static final int WARM_UP = 40; // rounds; the compiler is done with the commit path after some 6,000 puts
    private static final int PUTS = 200;
    private static final int VALUE_BYTES = 440; // with key, frame and numbers the log grows by 512 bytes a put
    private static final int WRITERS = 64;
    private static final int READS = 200_000;

    /// A shared machine stretches wall times; this one it cannot.
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private DurablePutBench() {}

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory(Path.of(args.length > 0 ? args[0] : "."), "durable-put-");
        try (EmbeddedStore store = new EmbeddedStore(folder.resolve("store"), StoreSettings.defaults(), new PlainMetrics());
                FileChannel file = preallocated(folder.resolve("append"))) {
            store.start();
            lonePuts(store, file);
            concurrentPuts(store);
            reads(store);
        }
        try (var files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static FileChannel preallocated(Path path) throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(8 << 20), 0);
        file.force(true);
        return file;
    }

    private static void lonePuts(EmbeddedStore store, FileChannel file) throws IOException {
        Bytes value = Bytes.wrap(new byte[VALUE_BYTES]);
        ByteBuffer bytes = ByteBuffer.allocateDirect(512);
        double[] ratios = new double[ROUNDS];
        long[] puts = new long[ROUNDS];
        long[] appends = new long[ROUNDS];
        long position = 0;
        long putCpu = 0;
        long appendCpu = 0;
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            long[] put = new long[PUTS];
            long[] append = new long[PUTS];
            for (int i = 0; i < PUTS; i++) {
                long cpu = CPU.getCurrentThreadCpuTime();
                long start = System.nanoTime();
                file.write(bytes.clear(), position);
                file.force(false);
                append[i] = System.nanoTime() - start;
                long cpuBetween = CPU.getCurrentThreadCpuTime();
                position = (position + 512) % (8 << 20);
                Bytes key = Bytes.utf8("/services/bench/10.0.0." + i);
                start = System.nanoTime();
                store.commit(Txn.of(Op.put(key, value)));
                put[i] = System.nanoTime() - start;
                appendCpu += round < 0 ? 0 : cpuBetween - cpu;
                putCpu += round < 0 ? 0 : CPU.getCurrentThreadCpuTime() - cpuBetween;
            }
            if (round >= 0) {
                puts[round] = median(put);
                appends[round] = median(append);
                ratios[round] = (double) puts[round] / appends[round];
            }
        }
        Arrays.sort(ratios);
        System.out.printf("append 512 B + fdatasync   %7.1f us (median of %d medians)%n", median(appends) / 1e3, ROUNDS);
        System.out.printf("durable put                %7.1f us%n", median(puts) / 1e3);
        System.out.printf("ratio per round            %7.2f median, %.2f to %.2f%n", ratios[ROUNDS / 2], ratios[0],
                ratios[ROUNDS - 1]);
        Row.print("one durable put in process", "1.3 x (append + fdatasync) (aim 1.1)", "%.2f x", ratios[ROUNDS / 2]);
        System.out.printf("CPU of the calling thread  %7.1f us a put, %.1f us an append%n", putCpu / 1e3 / (ROUNDS * PUTS),
                appendCpu / 1e3 / (ROUNDS * PUTS));
    }

    private static void concurrentPuts(EmbeddedStore store) throws InterruptedException {
        Bytes value = Bytes.wrap(new byte[100]);
        CountDownLatch done = new CountDownLatch(WRITERS);
        long start = System.nanoTime();
        for (int w = 0; w < WRITERS; w++) {
            Bytes key = Bytes.utf8("/concurrent/" + w);
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < PUTS; i++) {
                    store.commit(Txn.of(Op.put(key, value)));
                }
                done.countDown();
            });
        }
        done.await();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf("%d concurrent writers      %7.0f puts/s%n", WRITERS, WRITERS * PUTS / seconds);
    }

    private static void reads(EmbeddedStore store) {
        RangeRequest request = RangeRequest.key(Bytes.utf8("/services/bench/10.0.0.77"));
        long found = 0;
        for (int i = 0; i < READS; i++) {
            found += store.range(request).count();
        }
        long start = System.nanoTime();
        for (int i = 0; i < READS; i++) {
            found += store.range(request).count();
        }
        double nanos = (double) (System.nanoTime() - start) / READS;
        System.out.printf("read of one key            %7.0f ns (%d found)%n", nanos, found);
    }

    private static long median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
