package io.shanhai.cli;

import io.shanhai.Appliance;
import io.shanhai.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Runs an appliance on free ports in a folder of its own, sends it some requests and ends: the run from which
/// `bin/shanhai aot` makes the AOT cache. Hidden: it is of no other use.
@Command(name = "train", hidden = true, description = "Exercise an appliance once, for the AOT cache.")
final class TrainCommand implements Callable<Integer> {

    /// Enough for the paths to be linked and their profiles to say something; a second or two on a small machine.
    private static final int ROUNDS = 400;
    private static final List<String> PATHS = List.of("/train", "/train-proxied", "/readyz", "/nowhere");
    private static final String LIMIT = "{\"algorithm\":\"token-bucket\",\"rate\":100000,\"per\":\"1s\",\"burst\":100000}";
    /// The nio engine passes these on to the helidon engine, which answers them: both ways of a request are exercised.
    private static final String PROXIED = "{\"match\":{\"path\":\"/train-proxied\"},\"rewrite\":\"/train\",\"upstream\":\"%s\"}";
    private static final String ROUTE = "{\"match\":{\"path\":\"/train\"},\"respond\":{\"status\":200,\"body\":\"ok\"},\"limits\":[\"train\"]}";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Settings settings = Settings.load(Cli.sections(), null, Map.of(), sets(), 0);
        Logging.apply(settings.section(LogSettings.class));
        Path data = Files.createTempDirectory("shanhai-train");
        int answers = 0;
        try (Appliance appliance = Appliance.start(settings, data)) {
            Map<String, String> greeting = appliance.greeting();
            publish(greeting);
            for (String address : greeting.values()) {
                answers += address.startsWith("http://") ? exercise(AdminClient.at(address)) : 0;
            }
        } finally {
            delete(data);
        }
        spec.commandLine().getOut().println("Trained with " + answers + " requests.");
        return 0;
    }

    private static List<String> sets() {
        List<String> sets = new ArrayList<>(List.of("gateway.address=127.0.0.1"));
        Settings.portKeys(Cli.sections()).forEach(key -> sets.add(key + "=0"));
        return sets;
    }

    private void publish(Map<String, String> greeting) {
        String admin = greeting.get("admin");
        if (admin != null) {
            AdminClient client = AdminClient.at(admin);
            for (AdminClient.Reply reply : List.of(client.put("/v1/limits/train", LIMIT), client.put("/v1/routes/train", ROUTE),
                    client.put("/v1/routes/train-proxied", PROXIED.formatted(greeting.get("helidon"))))) {
                if (!reply.isOk()) {
                    spec.commandLine().getErr().println("training goes on without: " + reply.refusal());
                }
            }
        }
    }

    /// Any answer will do: the gateway knows one of these paths, the admin door the others.
    private static int exercise(AdminClient client) {
        for (int round = 0; round < ROUNDS; round++) {
            client.any(PATHS.get(round % PATHS.size()));
        }
        return ROUNDS;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
