package io.shanhai.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.ArrayList;
import java.util.List;

/// A bounded number of requests from a few virtual threads, with a progress line.
final class DemoTraffic {

    private static final int CLIENTS = 8;

    private final HttpClient http;
    private final PrintStream out;
    private final boolean onTerminal = System.console() != null && System.console().isTerminal(); // elsewhere \r is noise

    /// @param byStatus responses by status; -1 counts requests that got none
    /// @param byBackend responses by the `x-backend` header
    /// @param wrongBodies 200s that did not carry the article's answer
    record Result(Map<Integer, Long> byStatus, Map<String, Long> byBackend, long wrongBodies, Duration took) {

        long ok() {
            return byStatus.getOrDefault(200, 0L) - wrongBodies;
        }

        long total() {
            return byStatus.values().stream().mapToLong(Long::longValue).sum();
        }

        long failed() {
            return total() - ok();
        }

        long perSecond() {
            return Math.round(total() / Math.max(1e-9, took.toNanos() / 1e9));
        }
    }

    DemoTraffic(HttpClient http, PrintStream out) {
        this.http = http;
        this.out = out;
    }

    /// @param halfway runs once, on one of the clients, when half of the requests were sent
    Result send(String label, String url, int requests, Runnable halfway) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        Map<Integer, LongAdder> byStatus = new ConcurrentHashMap<>();
        Map<String, LongAdder> byBackend = new ConcurrentHashMap<>();
        LongAdder wrong = new LongAdder();
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).GET().build();
        long begun = System.nanoTime();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(() -> {
                    for (int n = next.incrementAndGet(); n <= requests; n = next.incrementAndGet()) {
                        if (n == requests / 2) {
                            halfway.run();
                        }
                        count(request, byStatus, byBackend, wrong);
                        progress(label, n, requests);
                    }
                }));
            }
        }
        out.printf("%s  %-34s %6d of %d requests%n", onTerminal ? "\r" : "", label, requests, requests);
        return new Result(sums(byStatus), sums(byBackend), wrong.sum(), Duration.ofNanos(System.nanoTime() - begun));
    }

    private void count(HttpRequest request, Map<Integer, LongAdder> byStatus, Map<String, LongAdder> byBackend, LongAdder wrong) {
        int status = -1;
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            status = response.statusCode();
            response.headers().firstValue("x-backend")
                    .ifPresent(b -> byBackend.computeIfAbsent(b, _ -> new LongAdder()).increment());
            if (status == 200 && !response.body().equals(DemoBackend.BODY)) {
                wrong.increment();
            }
        } catch (IOException e) {
            status = -1; // counted as a failed request
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        byStatus.computeIfAbsent(status, _ -> new LongAdder()).increment();
    }

    private void progress(String label, int done, int of) {
        if (onTerminal && done % Math.max(1, of / 20) == 0) {
            out.printf("\r  %-34s %6d of %d requests", label, done, of);
            out.flush();
        }
    }

    private static <K> Map<K, Long> sums(Map<K, LongAdder> counts) {
        Map<K, Long> sums = new TreeMap<>();
        counts.forEach((key, count) -> sums.put(key, count.sum()));
        return sums;
    }
}
