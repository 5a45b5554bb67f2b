package io.shanhai;

import io.shanhai.admin.AdminDoor;
import io.shanhai.admin.AdminSettings;
import io.shanhai.admin.ApiPart;
import io.shanhai.admin.EventStreams;
import io.shanhai.admin.NodeFacts;
import io.shanhai.admin.PastReads;
import io.shanhai.admin.RegistryService;
import io.shanhai.admin.StatusService;
import io.shanhai.admin.StoreService;
import io.shanhai.admin.objects.ChangesService;
import io.shanhai.admin.objects.DiffService;
import io.shanhai.admin.objects.ObjectsService;
import io.shanhai.admin.telemetry.ExplainService;
import io.shanhai.admin.telemetry.JaegerQuery;
import io.shanhai.admin.telemetry.MetricsService;
import io.shanhai.collector.Collector;
import io.shanhai.collector.CollectorSettings;
import io.shanhai.collector.TraceSettings;
import io.shanhai.decision.DecisionRing;
import io.shanhai.etcdwire.EtcdDoor;
import io.shanhai.etcdwire.EtcdSettings;
import io.shanhai.etcdwire.json.JsonGateway;
import io.shanhai.explain.Explain;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.filter.Chain;
import io.shanhai.gateway.filter.Journal;
import io.shanhai.gateway.helidon.HelidonEngine;
import io.shanhai.gateway.nio.NioEngine;
import io.shanhai.gateway.plan.Catalogue;
import io.shanhai.gateway.plan.ChangeSets;
import io.shanhai.gateway.plan.Differences;
import io.shanhai.gateway.plan.History;
import io.shanhai.gateway.plan.Planner;
import io.shanhai.gateway.route.RouteTable;
import io.shanhai.gateway.upstream.Balancer;
import io.shanhai.gateway.upstream.Mirror;
import io.shanhai.gateway.upstream.Outcomes;
import io.shanhai.gateway.upstream.UpstreamClient;
import io.shanhai.membership.Membership;
import io.shanhai.metrics.Metrics;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.node.DataFolder;
import io.shanhai.node.Readiness;
import io.shanhai.node.StartException;
import io.shanhai.node.Version;
import io.shanhai.node.WallClock;
import io.shanhai.registry.Registry;
import io.shanhai.settings.Settings;
import io.shanhai.store.ChangeFeed;
import io.shanhai.store.Maintenance;
import io.shanhai.store.Store;
import io.shanhai.store.StoreException;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.backup.ScheduledBackups;
import io.shanhai.store.embedded.EmbeddedStore;
import io.shanhai.store.etcd.EtcdStore;
import io.shanhai.store.etcd.EtcdStoreSettings;
import io.shanhai.trace.SpanRing;
import io.shanhai.trace.W3cTracer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The recipe that joins the rooms: the only place that knows them all. Rooms start in the order written here and
/// close in the reverse; a start that fails closes what had started.
public final class Appliance implements AutoCloseable {

    /// The settings of all rooms, in the order of the reference page.
    public static final List<Class<? extends Record>> SECTIONS = List.of(GatewaySettings.class, AdminSettings.class,
            StoreSettings.class, EtcdStoreSettings.class, TraceSettings.class, CollectorSettings.class, EtcdSettings.class,
            EtcdSettings.Room.class);

    private static final Logger LOG = LoggerFactory.getLogger(Appliance.class);
    static final String STORE = "store"; // below the data folder
    private static final long FIRST_EPOCH = 1; // moving data into a cluster starts the next one

    private final Settings settings;
    private final GatewaySettings gateway;
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final long startNanos = System.nanoTime();
    private final Readiness readiness = new Readiness(
            List.of("store", "registry", "plan", "collector", "gateway.nio", "gateway.helidon", "admin", "etcd"));

    private DataFolder folder;
    private Store store;
    private LongSupplier epoch = () -> FIRST_EPOCH;
    private ScheduledBackups backups; // null with a store in another process
    private Membership membership;
    private LivePlan plan;
    private Planner planner;
    private NioEngine nio;
    private HelidonEngine helidon;
    private AdminDoor admin;
    private volatile EtcdDoor etcdDoor; // null until it listens, and when it is skipped

    private Appliance(Settings settings) {
        this.settings = settings;
        this.gateway = settings.section(GatewaySettings.class);
    }

    /// Starts every room, or none.
    ///
    /// @throws StartException with one line for the operator
    public static Appliance start(Settings settings, Path data) {
        Appliance appliance = new Appliance(settings);
        try {
            appliance.startRooms(data);
            return appliance;
        } catch (RuntimeException e) {
            appliance.close();
            throw e;
        }
    }

    private void startRooms(Path data) {
        folder = opened(DataFolder.open(data));
        PrometheusMetrics metrics = opened(new PrometheusMetrics());

        membership = new Membership(folder.nodeId());
        EtcdStoreSettings outside = settings.section(EtcdStoreSettings.class);
        Runnable startLeases = outside.isChosen() ? startEtcd(outside, metrics) : startEmbedded(metrics);
        readiness.up("store");

        ChangeFeed feed = opened(new ChangeFeed(store));
        Registry registry = new Registry(store, feed, membership, metrics);
        plan = new LivePlan(new Plan(0, RouteTable.EMPTY, Map.of()));
        planner = new Planner(feed, registry, plan, membership, metrics);
        refusing(feed::start);
        readiness.up("registry");
        readiness.up("plan");
        readiness.watch("plan", planner::firstProblem);

        TraceSettings trace = settings.section(TraceSettings.class);
        SpanRing spans = new SpanRing(trace.spanRing());
        DecisionRing decisions = new DecisionRing(trace.decisionRing());
        Chain chain = new Chain(plan, new W3cTracer(trace.sampleRate()), new Journal(spans, decisions, gateway), metrics,
                gateway);
        UpstreamClient client = opened(new UpstreamClient(gateway, metrics));
        client.start();
        Balancer balancer = new Balancer(metrics, Outcomes.NOBODY, new Mirror(client, metrics));

        nio = opened(new NioEngine(gateway, chain, balancer, metrics));
        bind("gateway.nio", "gateway.nio-port", gateway.nioPort(), nio::start); // first: traffic needs only the Plan

        Collector collector = opened(new Collector(settings.section(CollectorSettings.class), spans, decisions, metrics));
        collector.start();
        readiness.up("collector");

        Future<?> helidonStart = beside("start-helidon", () -> startHelidon(chain, balancer, client, metrics));
        Future<?> etcdStart = beside("start-etcd", () -> startEtcdDoor(metrics));
        startAdmin(metrics, registry, collector);
        join(helidonStart);
        join(etcdStart);
        Thread.ofVirtual().name("start-metrics").start(metrics::start); // JVM metrics: 300 ms cold that no request waits for
        startLeases.run(); // now that a heartbeat can arrive
        LOG.info("ready at revision {} after {} ms", membership.servedRevision(), uptime().toMillis());
    }

    /// Returns what lets leases end.
    private Runnable startEmbedded(Metrics metrics) {
        StoreSettings own = settings.section(StoreSettings.class);
        EmbeddedStore embedded = opened(new EmbeddedStore(embeddedFolder(), own, metrics));
        store = embedded;
        refusing(embedded::recover);
        backups = opened(new ScheduledBackups(own, folder.path(), embedded, InstantSource.system(), metrics));
        backups.start();
        readiness.watch("store", () -> embedded.refusal().or(backups::problem));
        return embedded::startLeases;
    }

    private Path embeddedFolder() {
        return folder.path().resolve(STORE);
    }

    /// Returns what lets leases end: nothing, etcd does that itself.
    private Runnable startEtcd(EtcdStoreSettings outside, Metrics metrics) {
        long firstEpoch = Files.exists(embeddedFolder()) ? FIRST_EPOCH + 1 : FIRST_EPOCH;
        EtcdStore etcd = opened(new EtcdStore(folder.path().resolve("etcd-history"), firstEpoch, outside, metrics));
        store = etcd;
        epoch = etcd::epoch;
        Deque<AdminDoor> health = new ArrayDeque<>(1);
        try {
            refusing(() -> etcd.start(why -> waitForStore(why, health, metrics)));
        } finally {
            health.forEach(AdminDoor::close);
        }
        readiness.watch("store", etcd::trouble);
        return () -> {};
    }

    /// While the start waits for a store in another process, a door answers health questions and nothing else: the full one
    /// would tell of an empty registry.
    private void waitForStore(String why, Deque<AdminDoor> health, Metrics metrics) {
        readiness.starting("store", why);
        if (health.isEmpty()) {
            AdminSettings adminSettings = settings.section(AdminSettings.class);
            health.push(new AdminDoor(adminSettings, folder.path(), new EventStreams(adminSettings, metrics), List.of(status())));
            bind("admin", "admin.port", adminSettings.port(), health.getFirst()::start);
            readiness.starting("admin", "waits for the store");
        }
    }

    private static void refusing(Runnable start) {
        try {
            start.run();
        } catch (StoreException e) { // its files, its disk, its etcd: nothing a stack trace would help with
            throw new StartException("store: " + e.detail(), e);
        }
    }

    private HelidonEngine startHelidon(Chain chain, Balancer balancer, UpstreamClient client, Metrics metrics) {
        helidon = opened(new HelidonEngine(gateway, chain, balancer, client, metrics));
        bind("gateway.helidon", "gateway.port", gateway.port(), helidon::start);
        return helidon;
    }

    private void startAdmin(Metrics metrics, Registry registry, Collector collector) {
        AdminSettings adminSettings = settings.section(AdminSettings.class);
        EventStreams streams = new EventStreams(adminSettings, metrics);
        History history = new History(store);
        PastReads past = new PastReads(history);
        List<ApiPart> parts = new ArrayList<>(List.of(
                status(),
                new RegistryService(registry, streams, past),
                new ObjectsService(new Catalogue(store, membership), plan, planner::problems, past),
                new ChangesService(new ChangeSets(store, registry, membership), history, membership, past),
                new DiffService(new Differences(store), history, past),
                new ExplainService(new Explain(collector), collector),
                new JaegerQuery(collector, () -> WallClock.epochNanos(System.nanoTime())),
                new MetricsService(metrics)));
        if (store instanceof Maintenance maintenance) {
            parts.add(new StoreService(store, maintenance, backups::last));
        }
        admin = opened(new AdminDoor(adminSettings, folder.path(), streams, parts));
        bind("admin", "admin.port", adminSettings.port(), admin::start);
    }

    private EtcdDoor startEtcdDoor(Metrics metrics) {
        EtcdSettings etcd = settings.section(EtcdSettings.class);
        if (!settings.section(EtcdSettings.Room.class).enabled()) {
            readiness.skipped("etcd", "rooms.etcd.enabled is false");
            return null;
        }
        if (!(store instanceof Maintenance maintenance)) {
            readiness.skipped("etcd", "the store is an etcd of its own: its clients ask it directly");
            return null;
        }
        long maxRequestBytes = settings.section(StoreSettings.class).maxRequestSize().bytes();
        EtcdDoor door = opened(
                new EtcdDoor(etcd, new EtcdDoor.Node(folder.nodeId(), folder.path(), maxRequestBytes), store, maintenance,
                        new JsonGateway(etcd.idleTimeout(), () -> maintenance.alarms().isEmpty()), metrics));
        if (bindDefault("etcd", "etcd.client-port", etcd.clientPort(), door::start)) {
            etcdDoor = door;
        } else {
            door.close();
        }
        return etcdDoor;
    }

    private StatusService status() {
        return new StatusService(readiness,
                new Facts(folder.nodeId(), store, epoch, membership, this::ports, this::uptime));
    }

    private <T extends AutoCloseable> T opened(T room) {
        synchronized (started) {
            started.push(room);
        }
        return room;
    }

    private interface Binding {
        void start() throws IOException;
    }

    private void bind(String room, String setting, int port, Binding binding) {
        try {
            binding.start();
            readiness.up(room);
        } catch (IOException | UncheckedIOException e) {
            throw new StartException(room + ": " + e.getMessage() + ". Port " + port + " comes from " + setting
                    + ": set another one, or move all ports with --offset 100.", e);
        }
    }

    /// A door that nobody asked for by its port is not worth a failed start.
    ///
    /// @return whether it listens
    private boolean bindDefault(String room, String setting, int port, Binding binding) {
        if (settings.isExplicit(setting)) {
            bind(room, setting, port, binding);
            return true;
        }
        try {
            binding.start();
            readiness.up(room);
            return true;
        } catch (IOException | UncheckedIOException e) {
            String why = "port " + port + " is not to be had: " + e.getMessage() + ". Set " + setting
                    + ", or move all ports with --offset 100";
            LOG.warn("{} is skipped, {}", room, why);
            readiness.skipped(room, why);
            return false;
        }
    }

    private static Future<?> beside(String name, Callable<?> work) {
        FutureTask<?> task = new FutureTask<>(work);
        Thread.ofVirtual().name(name).start(task);
        return task;
    }

    private static void join(Future<?> start) {
        try {
            start.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("the start was interrupted", e);
        }
    }

    /// What people want to know about a started appliance, by name.
    public Map<String, String> greeting() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("data", folder.path() + " (node " + folder.nodeId() + ", revision " + membership.servedRevision() + ")");
        List<String> etcd = settings.section(EtcdStoreSettings.class).endpoints();
        if (!etcd.isEmpty()) {
            lines.put("store", "etcd at " + String.join(", ", etcd));
        }
        lines.put("helidon", url(gateway.address(), helidon.port()));
        lines.put("nio", url(gateway.address(), nio.port()));
        lines.put("admin", url(settings.section(AdminSettings.class).address(), admin.port()));
        if (etcdDoor != null) {
            lines.put("etcd", url(settings.section(EtcdSettings.class).address(), etcdDoor.port()));
        }
        return lines;
    }

    // Every address is reached at localhost too, and 0.0.0.0 is no address to click on.
    private static String url(String address, int port) {
        String host = address.equals("0.0.0.0") || address.equals("::") ? "localhost" : address;
        return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /// Takes up the keys that are live; the others wait for a restart. No key of these rooms is live yet.
    public void reload(Settings next) {}

    /// Returns once this is closed.
    public void awaitStop() throws InterruptedException {
        closed.await();
    }

    private Map<String, Integer> ports() {
        Map<String, Integer> ports = new LinkedHashMap<>();
        if (admin != null) { // the last of them: while the start still waits for the store there is none
            ports.put("gateway.helidon", helidon.port());
            ports.put("gateway.nio", nio.port());
            ports.put("admin", admin.port());
        }
        if (etcdDoor != null) {
            ports.put("etcd", etcdDoor.port());
        }
        return ports;
    }

    private Duration uptime() {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    /// Readiness turns 503, engines finish what is in flight, then rooms close in the reverse of their start. Idempotent.
    @Override
    public void close() {
        readiness.drain();
        List<Future<?>> draining = new ArrayList<>();
        if (nio != null) {
            draining.add(beside("drain-nio", () -> nio.drain(gateway.drainTimeout())));
        }
        if (helidon != null) {
            draining.add(beside("drain-helidon", () -> helidon.drain(gateway.drainTimeout())));
        }
        draining.forEach(Appliance::joinQuietly);
        synchronized (started) {
            while (!started.isEmpty()) {
                closeQuietly(started.pop());
            }
        }
        closed.countDown();
    }

    private static void joinQuietly(Future<?> task) {
        try {
            join(task);
        } catch (RuntimeException e) {
            LOG.error("an engine did not drain", e);
        }
    }

    // One room that fails to close must not keep the others, the store above all, from closing.
    private static void closeQuietly(AutoCloseable room) {
        try {
            room.close();
        } catch (Exception e) {
            LOG.error("{} did not close", room.getClass().getSimpleName(), e);
        }
    }

    private record Facts(String node, Store store, LongSupplier currentEpoch, Membership membership,
            Supplier<Map<String, Integer>> listening,
            Supplier<Duration> up) implements NodeFacts {

        @Override
        public String version() {
            return Version.current().toString();
        }

        @Override
        public long epoch() {
            return currentEpoch.getAsLong();
        }

        @Override
        public long revision() {
            try {
                return store.revision();
            } catch (StoreException _) { // a store in another process is away: rooms say so, and this is what is known
                return membership.servedRevision();
            }
        }

        @Override
        public long servedRevision() {
            return membership.servedRevision();
        }

        @Override
        public Duration uptime() {
            return up.get();
        }

        @Override
        public Map<String, Integer> ports() {
            return listening.get();
        }
    }
}
