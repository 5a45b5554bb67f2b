package io.shanhai.cli;

import io.shanhai.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Says what is wrong with the settings, or what is in effect.
@Command(name = "check", mixinStandardHelpOptions = true, description = "Check the settings; print each key's value and where it comes from.")
final class CheckCommand implements Callable<Integer> {

    @Mixin
    private StartOptions options;

    @Option(names = "--write-reference", paramLabel = "DIR", hidden = true, description = "Write config/shanhai.yaml and docs/settings.md below DIR.")
    private Path reference;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (reference != null) {
            Settings.writeReference(Cli.sections(), reference);
            return 0;
        }
        Settings settings = options.load();
        PrintWriter out = spec.commandLine().getOut();
        settings.effective().forEach(setting -> out.printf("%-34s %-16s %s%n", setting.key(),
                setting.value().isEmpty() ? "\"\"" : setting.value(), setting.source()));
        settings.warnings().forEach(warning -> spec.commandLine().getErr().println("warning: " + warning));
        out.println("Settings are fine: " + options.source());
        return 0;
    }
}
