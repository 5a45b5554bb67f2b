package io.shanhai.store.embedded;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.shanhai.metrics.PlainMetrics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.LoggerFactory;

/// The child process of [KillNineTest]: four threads write without end; each acknowledged put is a line
/// `ack <key> <revision>`, written with one system call.
final class KillNineWriter {

    private static final int THREADS = 4;
    private static final int KEYS = 50;

    private KillNineWriter() {}

    static void main(String[] args) {
        ((Logger) LoggerFactory.getLogger("ROOT"))
                .setLevel(Level.OFF); // standard output is the protocol
        EmbeddedStore store = EmbeddedStores.open(Path.of(args[0]), new LocalDisk(), new PlainMetrics(),
                Duration.ofMillis(100));
        for (int t = 0; t < THREADS; t++) {
            String name = "t" + t;
            Thread.ofPlatform().name("writer-" + t).start(() -> write(store, name));
        }
    }

    private static void write(EmbeddedStore store, String name) {
        for (int i = 0;; i++) {
            String key = name + "/" + i % KEYS;
            long revision = Words.put(store, key, "value-" + i);
            byte[] line = ("ack " + key + " " + revision + "\n").getBytes(StandardCharsets.US_ASCII);
            System.out.write(line, 0, line.length);
            System.out.flush();
        }
    }
}
