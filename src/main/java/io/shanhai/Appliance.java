package io.shanhai;

import io.shanhai.admin.AdminSettings;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.node.DataFolder;
import io.shanhai.settings.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// The recipe that joins the rooms. So far only the data folder is one: the rooms join as they are built.
public final class Appliance implements AutoCloseable {

    /// The settings of all rooms below, in the order of the reference page.
    public static final List<Class<? extends Record>> SECTIONS = List.of(GatewaySettings.class, AdminSettings.class);

    private final DataFolder folder;
    private final CountDownLatch closed = new CountDownLatch(1);

    private Appliance(DataFolder folder) {
        this.folder = folder;
    }

    /// Starts every room, or none.
    ///
    /// @throws io.shanhai.node.StartException with one line for the operator
    public static Appliance start(Settings settings, Path data) {
        return new Appliance(DataFolder.open(data));
    }

    /// What people want to know about a started appliance, by name: addresses, the node's id.
    public Map<String, String> greeting() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("node", folder.nodeId());
        lines.put("data", folder.path().toString());
        return lines;
    }

    /// Takes up the keys that are live; the others wait for a restart.
    public void reload(Settings next) {}

    /// Returns once this is closed.
    public void awaitStop() throws InterruptedException {
        closed.await();
    }

    /// Stops everything in order; may be called again.
    @Override
    public void close() {
        folder.close();
        closed.countDown();
    }
}
