package io.shanhai.cli;

import io.shanhai.Appliance;
import io.shanhai.node.StartException;
import io.shanhai.settings.SettingsException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;

/// The command line. Exit codes: 0 done; 1 it did not work (cannot start, the appliance refused or does not answer);
/// 2 the command line, the settings or a file given are wrong.
@Command(name = "shanhai", mixinStandardHelpOptions = true, versionProvider = VersionCommand.class, description = "One process that is a team's microservice platform.", subcommands = {
        ServeCommand.class, DemoCommand.class, CheckCommand.class, StatusCommand.class, GetCommand.class, ApplyCommand.class,
        ExplainCommand.class, VersionCommand.class,
        TrainCommand.class}, footer = {"", "Without a command, serve is meant. Each command has its own --help."})
public final class Cli {

    static final int EXIT_FAILED = 1;
    static final int EXIT_WRONG_INPUT = 2;

    private Cli() {}

    /// Called by `io.shanhai.Main`.
    public static void main(String[] args) {
        Shutdown shutdown = new Shutdown();
        int code = run(shutdown, args);
        shutdown.exitCode(code);
        System.exit(code);
    }

    /// Everything but the exit.
    ///
    /// @param shutdown used by the commands that run an appliance
    static int run(Shutdown shutdown, String... args) {
        return commandLine(shutdown).execute(withDefaultCommand(args));
    }

    static CommandLine commandLine(Shutdown shutdown) {
        IFactory picocli = CommandLine.defaultFactory();
        CommandLine line = new CommandLine(new Cli(), new IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                return type == ServeCommand.class ? type.cast(new ServeCommand(shutdown)) : picocli.create(type);
            }
        });
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((thrown, command, _) -> report(thrown, command.getErr()));
        return line;
    }

    /// The sections of all settings there are.
    static List<Class<? extends Record>> sections() {
        List<Class<? extends Record>> sections = new ArrayList<>(Appliance.SECTIONS);
        sections.add(LogSettings.class);
        return sections;
    }

    private static String[] withDefaultCommand(String[] args) {
        boolean isAboutShanhai = args.length > 0 && List.of("-h", "--help", "-V", "--version").contains(args[0]);
        boolean hasCommand = args.length > 0 && !args[0].startsWith("-");
        return isAboutShanhai || hasCommand ? args : Stream.concat(Stream.of("serve"), Stream.of(args)).toArray(String[]::new);
    }

    /// What went wrong, for people. Only our own bugs show a stack trace.
    private static int report(Exception thrown, PrintWriter err) {
        switch (thrown) {
            case SettingsException settings -> {
                settings.problems().forEach(err::println);
                err.println("shanhai: " + settings.problems().size() + " problem(s) in the settings; nothing was started."
                        + " Correct them, then verify with: shanhai check");
                return EXIT_WRONG_INPUT;
            }
            case Manifest.Wrong wrong -> {
                err.println(wrong.getMessage());
                return EXIT_WRONG_INPUT;
            }
            case StartException start -> {
                err.println("shanhai: " + start.getMessage());
                return EXIT_FAILED;
            }
            case AdminClient.Failed failed -> {
                err.println("shanhai: " + failed.getMessage());
                return EXIT_FAILED;
            }
            default -> {
                err.println("shanhai: this is a bug of ours, please report it:");
                thrown.printStackTrace(err);
                return EXIT_FAILED;
            }
        }
    }
}
