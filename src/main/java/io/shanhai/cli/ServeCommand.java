package io.shanhai.cli;

import io.shanhai.Appliance;
import io.shanhai.node.Version;
import io.shanhai.settings.Settings;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Runs an appliance until it is told to stop.
@Command(name = "serve", mixinStandardHelpOptions = true, description = "Run the appliance (the default command).")
final class ServeCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);
    private static final PrintWriter OUT = new PrintWriter(System.out);

    private final Shutdown shutdown;

    @Mixin
    private StartOptions options = new StartOptions();

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of this node's data (default: ${DEFAULT-VALUE}).")
    private Path data = ServeArguments.DEFAULT_DATA;

    @Option(names = "--train", hidden = true, description = "Send some requests once started, then end: for the AOT cache.")
    private boolean train;

    ServeCommand(Shutdown shutdown) {
        this.shutdown = shutdown;
    }

    ServeCommand(Shutdown shutdown, ServeArguments arguments) {
        this.shutdown = shutdown;
        this.options = new StartOptions(arguments.config(), arguments.sets(), arguments.offset());
        this.data = arguments.data();
        this.train = arguments.train();
    }

    /// What was read, to compare the two ways of reading it.
    ServeArguments arguments() {
        return new ServeArguments(options.config(), data, options.sets(), options.offset(), train);
    }

    @Override
    public Integer call() throws InterruptedException {
        long startNanos = System.nanoTime();
        // JDK 25 computes powers of five up to 5^65536 when BigDecimal is loaded, 30 ms of a start; every JSON parser loads it.
        Thread.ofPlatform().name("start-decimals").daemon().start(() -> BigDecimal.valueOf(1));
        Settings settings = options.load();
        Logging.apply(settings.section(LogSettings.class));
        settings.warnings().forEach(LOG::warn);
        shutdown.install();
        try (Appliance appliance = Appliance.start(settings, data)) {
            shutdown.closeAtEnd(appliance);
            new Reload(options::load, settings, appliance::reload).onHangup();
            greet(appliance.greeting(), System.nanoTime() - startNanos);
            if (train) {
                Training.exercise(appliance.greeting(), OUT);
                return 0;
            }
            appliance.awaitStop();
        }
        return 0;
    }

    private void greet(Map<String, String> greeting, long tookNanos) {
        OUT.printf("Shanhai %s, Java %s, pid %d%n", Version.current(), Runtime.version(), ProcessHandle.current().pid());
        OUT.printf("  %-9s %s%n", "settings", options.source());
        greeting.forEach((name, value) -> OUT.printf("  %-9s %s%n", name, value));
        OUT.printf("Started in %d ms. Stop with Ctrl-C.%n", TimeUnit.NANOSECONDS.toMillis(tookNanos));
        OUT.flush();
    }
}
