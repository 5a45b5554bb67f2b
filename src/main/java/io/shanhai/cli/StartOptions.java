package io.shanhai.cli;

import io.shanhai.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// The options that decide with which settings an appliance runs.
final class StartOptions {

    private static final Path DEFAULT_CONFIG = Path.of("config", "shanhai.yaml");

    @Option(names = "--config", paramLabel = "FILE", description = "Settings file; config/shanhai.yaml when it is there.")
    private Path config;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting; wins over environment and file. Repeatable.")
    private List<String> sets = new ArrayList<>();

    @Option(names = "--offset", paramLabel = "N", description = "Added to every port that is not 0.")
    private int offset;

    StartOptions() {}

    StartOptions(Path config, List<String> sets, int offset) {
        this.config = config;
        this.sets = new ArrayList<>(sets);
        this.offset = offset;
    }

    /// null when not given.
    Path config() {
        return config;
    }

    List<String> sets() {
        return sets;
    }

    int offset() {
        return offset;
    }

    /// Reads everything again at each call.
    ///
    /// @throws io.shanhai.settings.SettingsException with all problems
    Settings load() {
        return Settings.load(Cli.sections(), file(), System.getenv(), sets, offset);
    }

    /// `config/shanhai.yaml`, or what there is instead, for people.
    String source() {
        return file() == null ? "defaults (no settings file)" : file().toString();
    }

    /// null for none.
    private Path file() {
        if (config != null) {
            return config;
        }
        return Files.exists(DEFAULT_CONFIG) ? DEFAULT_CONFIG : null;
    }
}
