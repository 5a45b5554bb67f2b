package io.shanhai.gateway.route;

import io.shanhai.gateway.RequestHeaders;
import io.shanhai.gateway.Route;
import io.shanhai.gateway.RouteMeters;
import io.shanhai.gateway.Target;
import io.shanhai.gateway.route.RouteMatch.Kind;
import io.shanhai.metrics.PlainMetrics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// A match in a table of 100 and of 100,000 routes, requests uniform over all routes in random order, so that the large
/// table pays for its cache misses. The requests' paths are made fresh for each turn out of one array of bytes, as an
/// engine does, in both cases alike: otherwise the large case would measure 100,000 path strings falling out of the cache.
/// Then what a change, and building everything anew, cost.
///
/// Run: `mvn -q -Pjmh test-compile`, then with the test class path `java org.openjdk.jmh.Main RouteTableBench -prof gc`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgs = {"-XX:+UseSerialGC", "-Xmx1g", "-XX:+UseCompactObjectHeaders"})
public class RouteTableBench {

    private static final RequestHeaders NONE = new RequestHeaders() {
        @Override
        public String first(String name) {
            return null;
        }

        @Override
        public int count(String name) {
            return 0;
        }

        @Override
        public String joined(String name) {
            return null;
        }

        @Override
        public void forEach(BiConsumer<String, String> consumer) {}
    };

    @Param({"100", "100000"})
    public int routes;

    @Param({"EXACT", "PREFIX", "TEMPLATE"})
    public Kind kind;

    private List<Candidate> candidates;
    private RouteTable table;
    private RouteTable changed;
    private int[] order;
    private int next;
    private final byte[] path = "/api/v1/service000/item000000/x".getBytes(StandardCharsets.ISO_8859_1);

    @Setup
    public void build() {
        RouteMeters meters = new RouteMeters(new PlainMetrics(), "r");
        candidates = new ArrayList<>(routes);
        for (int i = 0; i < routes; i++) {
            String own = "/api/v1/service%03d/item%06d".formatted(i % 1000, i);
            String pattern = switch (kind) {
                case EXACT -> own + "/x";
                case TEMPLATE -> own + "/{id}";
                case PREFIX, REGEX -> own;
            };
            Route route = new Route("r" + i, 1, new Target.ToPool("p"), Route.Rewrite.NONE, 1, Route.Retries.NONE, List.of(),
                    meters);
            candidates.add(new Candidate(route, new RouteMatch(kind, pattern, "", Set.of(), List.of(), List.of()), i));
        }
        table = new RouteTable(candidates);
        changed = table.with(Map.of("r1", candidates.get(1)));
        order = new Random(1).ints(1 << 16, 0, routes).toArray();
    }

    private String nextPath() {
        int i = order[next++ & order.length - 1];
        digits(15, 3, i % 1000);
        digits(23, 6, i);
        return new String(path, StandardCharsets.ISO_8859_1);
    }

    private void digits(int at, int count, int number) {
        for (int i = at + count - 1, rest = number; i >= at; i--, rest /= 10) {
            path[i] = (byte) ('0' + rest % 10);
        }
    }

    /// What the others cost beside the match itself: to be taken off.
    @Benchmark
    public String pathOnly() {
        return nextPath();
    }

    @Benchmark
    public Route match() {
        return table.match("GET", "shop.example", nextPath(), null, NONE);
    }

    /// With a layer of recent changes.
    @Benchmark
    public Route matchAfterAChange() {
        return changed.match("GET", "shop.example", nextPath(), null, NONE);
    }

    @Benchmark
    public RouteTable oneChange() {
        return table.with(Map.of("r2", candidates.get(2)));
    }

    @Benchmark
    public RouteTable compileAll() {
        return new RouteTable(candidates);
    }
}
