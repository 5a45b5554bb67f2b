package io.shanhai.cli;

import io.shanhai.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/// Runs `serve` the way people do, settings file included, on free ports and an empty data folder, until it has
/// answered some requests. `bin/shanhai aot` records this run.
@Command(name = "train", hidden = true, description = "Exercise an appliance once, for the AOT cache.")
final class TrainCommand implements Callable<Integer> {

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("shanhai-train");
        try {
            Path config = Files.writeString(folder.resolve("shanhai.yaml"), "gateway:\n  address: 127.0.0.1\n");
            List<String> arguments = new ArrayList<>(List.of("serve", "--train", "--data", folder.resolve("data").toString(),
                    "--config", config.toString()));
            Settings.portKeys(Cli.sections()).forEach(key -> arguments.addAll(List.of("--set", key + "=0")));
            int first = Cli.run(new Shutdown(), arguments.toArray(String[]::new));
            // The start that matters finds data: its recovery is trained too.
            return first == 0 ? Cli.run(new Shutdown(), arguments.toArray(String[]::new)) : first;
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
