package io.shanhai.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `shanhai demo`: the whole appliance on real traffic, every claim with its figure. A step that does not do what it
/// says makes the exit code 1.
@Command(name = "demo", mixinStandardHelpOptions = true, description = "Starts an appliance and three backends, and shows balancing, failover, limits, traces and recovery.")
final class DemoCommand implements Callable<Integer> {

    private static final String SERVICE = "user-svc";
    private static final int REQUESTS = 3_000;
    private static final int LIMIT = 20;
    private static final Duration TTL = Duration.ofSeconds(2);

    @Option(names = "--exit", description = "End after the summary: exit code 0, or 1 when a step failed.")
    private boolean exit;

    private final PrintStream out = System.out;
    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2)).build();
    private final List<DemoBackend> backends = new CopyOnWriteArrayList<>(); // heartbeats read it while a step removes one
    private final List<Line> summary = new ArrayList<>();
    private DemoNode node;
    private DemoTraffic traffic;

    private record Line(String step, boolean passed, String figure) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("shanhai-demo");
        Thread cleaner = new Thread(() -> cleanUp(folder), "demo-cleaner");
        Runtime.getRuntime().addShutdownHook(cleaner);
        ScheduledExecutorService heartbeats = Executors
                .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("demo-heartbeats").factory());
        node = new DemoNode(folder.resolve("data"), http);
        traffic = new DemoTraffic(http, out);
        start(heartbeats);
        balance();
        loseABackend();
        refuse();
        explain();
        killAndRestart();
        boolean passed = printSummary();
        if (!exit) {
            stayUp();
        }
        heartbeats.shutdownNow();
        return passed ? 0 : 1;
    }

    private void start(ScheduledExecutorService heartbeats) throws IOException, InterruptedException {
        out.println("Starting the appliance and three backends");
        Duration took = node.start();
        step("appliance ready", true, took.toMillis() + " ms (process " + node.pid() + ")");
        for (String name : List.of("red", "green", "blue")) {
            DemoBackend backend = new DemoBackend(name);
            backends.add(backend);
            expect(200,
                    node.put(instance(backend), "{\"ttl\":\"" + TTL.toSeconds() + "s\",\"tags\":{\"name\":\"" + name + "\"}}"));
        }
        heartbeats.scheduleAtFixedRate(this::beat, 500, 500, TimeUnit.MILLISECONDS);
        expect(200,
                node.put("/v1/limits/twenty", "{\"algorithm\":\"sliding-window\",\"limit\":" + LIMIT + ",\"window\":\"1s\"}"));
        expect(200, node.put("/v1/routes/users", "{\"match\":{\"path\":\"/api/v1/users\"},\"service\":\"" + SERVICE + "\"}"));
        expect(200, node.put("/v1/routes/limited", "{\"match\":{\"exact\":\"/limited\"},\"service\":\"" + SERVICE
                + "\",\"rewrite\":\"/api/v1/users\",\"limits\":[\"twenty\"]}"));
    }

    private static String instance(DemoBackend backend) {
        return "/v1/registry/" + SERVICE + "/" + backend.address();
    }

    // While the appliance is down a heartbeat fails; the lease gets its full time again after the restart.
    private void beat() {
        for (DemoBackend backend : List.copyOf(backends)) {
            try {
                node.post(instance(backend) + "/heartbeat");
            } catch (IOException e) {
                continue;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void balance() throws InterruptedException {
        out.println("Balancing over three instances, on both engines");
        for (Map.Entry<String, String> engine : List.of(Map.entry("helidon", node.helidon()), Map.entry("nio", node.nio()))) {
            DemoTraffic.Result result = traffic.send(engine.getKey(), engine.getValue() + "/api/v1/users", REQUESTS, () -> {});
            long least = result.byBackend().values().stream().mapToLong(Long::longValue).min().orElse(0);
            boolean even = result.byBackend().size() == 3 && least >= REQUESTS / 3 * 9 / 10;
            step("balancing, " + engine.getKey(), even && result.failed() == 0,
                    result.byBackend() + ", " + result.failed() + " failed, " + result.perSecond() + "/s from this client");
        }
    }

    private void loseABackend() throws IOException, InterruptedException {
        out.println("Killing one backend under traffic");
        DemoBackend victim = backends.get(1);
        long[] killedAt = new long[1];
        DemoTraffic.Result result = traffic.send("nio, backend " + victim.name() + " dies", node.nio() + "/api/v1/users",
                REQUESTS, () -> {
                    backends.remove(victim);
                    victim.close();
                    killedAt[0] = System.nanoTime();
                });
        boolean gone = awaitTrue(Duration.ofSeconds(30), () -> addresses().contains(victim.address()) ? null : "gone");
        long millis = (System.nanoTime() - killedAt[0]) / 1_000_000;
        step("a backend killed", gone && result.failed() == 0, result.failed() + " of " + result.total() + " requests failed, "
                + "out of the registry after " + millis + " ms (lease " + TTL.toSeconds() + " s)");
        DemoTraffic.Result after = traffic.send("nio, afterwards", node.nio() + "/api/v1/users", REQUESTS / 3, () -> {});
        step("traffic moved away", after.failed() == 0 && !after.byBackend().containsKey(victim.name()),
                after.byBackend().toString());
    }

    private List<String> addresses() throws IOException, InterruptedException {
        List<String> addresses = new ArrayList<>();
        json.readTree(node.get("/v1/registry/" + SERVICE).body()).path("instances")
                .forEach(i -> addresses.add(i.path("address").asText()));
        return addresses;
    }

    private void refuse() throws IOException, InterruptedException {
        out.println("A limit of " + LIMIT + " a second");
        long begun = System.nanoTime();
        DemoTraffic.Result result = traffic.send("helidon, 200 at once", node.helidon() + "/limited", 200, () -> {});
        long windows = 1 + (System.nanoTime() - begun) / 1_000_000_000;
        long refused = result.byStatus().getOrDefault(429, 0L);
        HttpResponse<String> last = http.send(HttpRequest.newBuilder(URI.create(node.helidon() + "/limited")).build(),
                BodyHandlers.ofString());
        boolean right = refused + result.ok() == 200 && result.ok() >= 1 && result.ok() <= LIMIT * windows;
        step("a limit refuses", right, result.ok() + " admitted, " + refused + " refused in " + windows + " window(s); "
                + last.statusCode() + " " + last.headers().firstValue("x-shanhai-reason").orElse("") + ", retry-after "
                + last.headers().firstValue("retry-after").orElse("-"));
    }

    private void explain() throws IOException, InterruptedException {
        out.println("One request, explained");
        HttpResponse<String> asked = http.send(
                HttpRequest.newBuilder(URI.create(node.nio() + "/api/v1/users")).header("x-shanhai-explain", "1").build(),
                BodyHandlers.ofString());
        String trace = asked.headers().firstValue("x-shanhai-trace").orElse("");
        boolean found = !trace.isEmpty() && awaitTrue(Duration.ofSeconds(5), () -> {
            HttpResponse<String> stored = node.get("/api/traces/" + trace);
            return stored.statusCode() == 200 && json.readTree(stored.body()).path("data").path(0).path("spans").size() >= 2
                    ? "found"
                    : null;
        });
        step("a trace is found", found, trace + " in the Jaeger query API");
        HttpResponse<String> explained = node.get("/v1/explain/" + trace);
        JsonNode chain = json.readTree(explained.body());
        boolean complete = explained.statusCode() == 200 && chain.path("route").path("id").asText().equals("users")
                && !chain.path("instance").path("address").asText().isEmpty() && chain.path("revision").asLong() > 0;
        step("it is explained", complete, "route " + chain.path("route").path("id").asText() + ", instance "
                + chain.path("instance").path("address").asText() + ", revision " + chain.path("revision").asLong());
        HttpResponse<String> text = http.send(
                HttpRequest.newBuilder(URI.create(node.admin() + "/v1/explain/" + trace)).header("accept", "text/plain").build(),
                BodyHandlers.ofString());
        text.body().lines().forEach(line -> out.println("    " + line));
    }

    private void killAndRestart() throws IOException, InterruptedException {
        out.println("kill -9 of the appliance, and a restart on the same data");
        String routes = node.get("/v1/routes").body();
        String limits = node.get("/v1/limits").body();
        List<String> instances = addresses();
        node.kill();
        Duration took = node.start();
        boolean same = node.get("/v1/routes").body().equals(routes) && node.get("/v1/limits").body().equals(limits)
                && addresses().equals(instances);
        DemoTraffic.Result result = traffic.send("nio, after the restart", node.nio() + "/api/v1/users", REQUESTS / 3, () -> {});
        step("kill -9 and restart", same && result.failed() == 0,
                "ready again after " + took.toMillis() + " ms; routes, limits and "
                        + instances.size() + " instances " + (same ? "are there" : "DIFFER") + ", " + result.failed()
                        + " failed");
    }

    /// Polls until the probe gives something.
    private static boolean awaitTrue(Duration most, Callable<String> probe) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < most.toNanos()) {
            try {
                if (probe.call() != null) {
                    return true;
                }
            } catch (IOException | InterruptedException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            Thread.sleep(20); // polling another process
        }
        return false;
    }

    private static void expect(int status, HttpResponse<String> response) throws IOException {
        if (response.statusCode() != status) {
            throw new IOException(response.request().method() + " " + response.uri() + " answered " + response.statusCode()
                    + " (expected: " + status + "): " + response.body());
        }
    }

    private void step(String name, boolean passed, String figure) {
        summary.add(new Line(name, passed, figure));
        out.printf("  %s %s: %s%n", passed ? "ok  " : "FAIL", name, figure);
    }

    private boolean printSummary() {
        out.println();
        out.printf("%-24s %-6s %s%n", "step", "result", "figure");
        summary.forEach(line -> out.printf("%-24s %-6s %s%n", line.step, line.passed ? "ok" : "FAIL", line.figure));
        out.println();
        out.println("gateway (helidon)  " + node.helidon() + "/api/v1/users");
        out.println("gateway (nio)      " + node.nio() + "/api/v1/users");
        out.println("admin API          " + node.admin() + "/v1/status");
        out.println("metrics            " + node.admin() + "/metrics");
        out.println("traces             " + node.admin() + "/api/traces?service=shanhai-gateway");
        return summary.stream().allMatch(Line::passed);
    }

    private void stayUp() throws InterruptedException {
        out.println();
        out.println("Everything stays up. End with Ctrl-C.");
        new CountDownLatch(1).await();
    }

    private void cleanUp(Path folder) {
        if (node != null) {
            node.close();
        }
        backends.forEach(DemoBackend::close);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            out.println("could not delete " + folder + ": " + e.getMessage());
        }
    }
}
