package io.shanhai.etcdwire;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/// The load tool of `bench/etcd`: 64 jetcd clients, each with a connection of its own and one request on its way.
/// It stays alive over all samples, so that its own warm-up is paid once and by nobody in particular.
///
/// Reads lines `put|get ENDPOINT SECONDS` and answers each with one line of JSON; ends with its input.
public final class JetcdLoad {

    private static final int CLIENTS = 64;
    private static final int KEYS_PER_CLIENT = 1_000;
    private static final ByteSequence VALUE = bytes("v".repeat(100));
    private static final int MOST_SAMPLES = 4_000_000;

    private final Map<String, List<KV>> clients = new HashMap<>();

    private JetcdLoad() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        JetcdLoad load = new JetcdLoad();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            System.out.println(load.run(words[0], words[1], Integer.parseInt(words[2])));
        }
        System.exit(0); // jetcd's event loops are not daemons
    }

    private String run(String operation, String endpoint, int seconds) throws InterruptedException {
        List<KV> kvs = clients.computeIfAbsent(endpoint, JetcdLoad::connect);
        Run run = new Run(operation, System.nanoTime() + seconds * 1_000_000_000L);
        long start = System.nanoTime();
        for (int i = 0; i < CLIENTS; i++) {
            run.step(kvs.get(i), i, 0);
        }
        run.running.await();
        long micros = (System.nanoTime() - start) / 1_000;
        int samples = (int) Math.min(run.done.get(), MOST_SAMPLES);
        Arrays.sort(run.nanos, 0, samples);
        return "{\"operations\":%d,\"failed\":%d,\"micros\":%d,\"p50_micros\":%d,\"p99_micros\":%d}".formatted(run.done.get(),
                run.failed.get(), micros, run.nanos[samples / 2] / 1_000, run.nanos[(int) (samples * 0.99)] / 1_000);
    }

    private static List<KV> connect(String endpoint) {
        List<KV> kvs = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            kvs.add(Client.builder().endpoints(endpoint).build().getKVClient());
        }
        return kvs;
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    /// One sample. Each client sends its next request when the last one was answered, on the client's own event loop.
    private static final class Run {

        private final String operation;
        private final long endNanos;
        private final CountDownLatch running = new CountDownLatch(CLIENTS);
        private final AtomicLong done = new AtomicLong();
        private final AtomicLong failed = new AtomicLong();
        private final long[] nanos = new long[MOST_SAMPLES];

        Run(String operation, long endNanos) {
            this.operation = operation;
            this.endNanos = endNanos;
        }

        void step(KV kv, int client, int number) {
            long start = System.nanoTime();
            if (start > endNanos) {
                running.countDown();
                return;
            }
            ByteSequence key = bytes("/bench/" + client + "/" + number % KEYS_PER_CLIENT);
            CompletableFuture<?> answer = switch (operation) {
                case "put" -> kv.put(key, VALUE);
                case "get" -> kv.get(key);
                default -> throw new IllegalArgumentException("operation: " + operation + " (expected: put, get)");
            };
            answer.whenComplete((_, failure) -> {
                if (failure != null) {
                    failed.incrementAndGet();
                }
                long at = done.getAndIncrement();
                if (at < MOST_SAMPLES) {
                    nanos[(int) at] = System.nanoTime() - start;
                }
                step(kv, client, number + 1);
            });
        }
    }
}
