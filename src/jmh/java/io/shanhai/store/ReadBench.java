package io.shanhai.store;

import io.shanhai.metrics.PlainMetrics;
import io.shanhai.store.Txn.Op;
import io.shanhai.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Reading one key in process: [Store#range] of a random one of `keys` keys with values of 100 bytes, from request to
/// answer, and the same without the request's construction. Asked: at most 1 µs.
///
/// Run: `bench/store read`, or with the test class path `java org.openjdk.jmh.Main ReadBench -prof gc`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgs = {"-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders", "-Xms1g", "-Xmx1g",
        "--sun-misc-unsafe-memory-access=allow"})
public class ReadBench {

    private static final int ASKED = 4096; // power of two; more than the processor's caches hold of the tree's leaves

    @Param({"10000", "1000000"})
    public int keys;

    private Path folder;
    private EmbeddedStore store;
    private RangeRequest[] requests;
    private Bytes[] names;
    private int next;

    @Setup(Level.Trial)
    public void fill() throws IOException {
        folder = Files.createTempDirectory("read-bench-");
        store = new EmbeddedStore(folder, StoreSettings.defaults(), new PlainMetrics());
        store.start();
        Bytes value = Bytes.wrap(new byte[100]);
        for (int from = 0; from < keys; from += Txn.MAX_OPS) {
            List<Op> puts = new ArrayList<>();
            for (int i = from; i < Math.min(keys, from + Txn.MAX_OPS); i++) {
                puts.add(Op.put(key(i), value));
            }
            store.commit(Txn.of(puts));
        }
        Random random = new Random(1);
        requests = new RangeRequest[ASKED];
        names = new Bytes[ASKED];
        for (int i = 0; i < ASKED; i++) {
            names[i] = key(random.nextInt(keys));
            requests[i] = RangeRequest.key(names[i]);
        }
    }

    private static Bytes key(int number) {
        return Bytes.utf8("/services/user-svc/10.0.%d.%d:8080".formatted(number / 256, number % 256));
    }

    @TearDown(Level.Trial)
    public void remove() throws IOException {
        store.close();
        try (var files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Benchmark
    public RangeResult range() {
        return store.range(requests[next++ & ASKED - 1]);
    }

    @Benchmark
    public RangeResult rangeWithItsRequest() {
        return store.range(RangeRequest.key(names[next++ & ASKED - 1]));
    }
}
