package io.shanhai;

import io.shanhai.gateway.LivePlan;
import io.shanhai.gateway.Plan;
import io.shanhai.gateway.plan.Catalogue;
import io.shanhai.gateway.plan.ChangeSets;
import io.shanhai.gateway.plan.Differences;
import io.shanhai.gateway.plan.History;
import io.shanhai.gateway.plan.Planner;
import io.shanhai.gateway.route.RouteTable;
import io.shanhai.membership.Membership;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.registry.Registry;
import io.shanhai.store.ChangeFeed;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.util.Map;

/// Store, registry, planner and catalogue joined as in `Appliance`, without doors: for tests of what happens between
/// a write and the Plan.
public final class ControlPlane implements AutoCloseable {

    public final PrometheusMetrics metrics = new PrometheusMetrics();
    public final EmbeddedStore store;
    public final Membership membership = new Membership("test");
    public final Registry registry;
    public final LivePlan live = new LivePlan(new Plan(0, RouteTable.EMPTY, Map.of()));
    public final Planner planner;
    public final Catalogue catalogue;
    public final ChangeSets changeSets;
    public final History history;
    public final Differences differences;
    private final ChangeFeed feed;

    /// Started when it returns.
    public ControlPlane(Path folder) {
        store = new EmbeddedStore(folder, StoreSettings.defaults(), metrics);
        store.start();
        feed = new ChangeFeed(store);
        registry = new Registry(store, feed, membership, metrics);
        planner = new Planner(feed, registry, live, membership, metrics);
        catalogue = new Catalogue(store, membership);
        changeSets = new ChangeSets(store, registry, membership);
        history = new History(store);
        differences = new Differences(store);
        feed.start();
    }

    @Override
    public void close() {
        feed.close();
        store.close();
    }
}
