package io.shanhai.etcdwire;

import io.shanhai.etcdwire.json.JsonGateway;
import io.shanhai.metrics.PrometheusMetrics;
import io.shanhai.settings.DataSize;
import io.shanhai.store.StoreSettings;
import io.shanhai.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An etcd door on a free port in front of a fresh embedded store.
final class TestDoor implements AutoCloseable {

    final PrometheusMetrics metrics = new PrometheusMetrics();
    final EmbeddedStore store;
    final EtcdDoor door;

    TestDoor(Path folder) throws IOException {
        this(folder, EtcdSettings.forTests());
    }

    TestDoor(Path folder, EtcdSettings settings) throws IOException {
        this(folder, settings, 0);
    }

    /// @param quotaBytes 0 for none
    TestDoor(Path folder, EtcdSettings settings, long quotaBytes) throws IOException {
        Files.createDirectories(folder);
        store = new EmbeddedStore(folder.resolve("store"), new StoreSettings(new DataSize(256 * 1024), Duration.ofSeconds(5),
                Duration.ZERO, new DataSize(1536 * 1024), Duration.ofSeconds(1), new DataSize(4 << 20), new DataSize(quotaBytes),
                Duration.ZERO, "", 1),
                metrics);
        store.start();
        door = new EtcdDoor(settings, new EtcdDoor.Node("n-0123456789ab", folder, 1536 * 1024), store, store,
                new JsonGateway(settings.idleTimeout(), () -> store.alarms().isEmpty()), metrics);
        door.start();
    }

    int port() {
        return door.port();
    }

    String endpoint() {
        return "http://127.0.0.1:" + port();
    }

    /// The sum of all series of this name whose labels contain the text.
    double metric(String name, String labels) {
        String page = new String(metrics.scrape(null).body(), StandardCharsets.UTF_8);
        Matcher lines = Pattern.compile("^" + name + "(\\{[^}]*})? (\\S+)$", Pattern.MULTILINE).matcher(page);
        double sum = 0;
        while (lines.find()) {
            String found = lines.group(1) == null ? "" : lines.group(1);
            if (found.contains(labels)) {
                sum += Double.parseDouble(lines.group(2));
            }
        }
        return sum;
    }

    @Override
    public void close() {
        door.close();
        store.close();
    }
}
