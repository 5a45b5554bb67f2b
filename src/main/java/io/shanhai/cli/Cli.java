package io.shanhai.cli;

import io.shanhai.Appliance;
import io.shanhai.node.StartException;
import io.shanhai.settings.SettingsException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;

/// The command line. Exit codes: 0 done; 1 it did not work (cannot start, the appliance refused or does not answer);
/// 2 the command line, the settings or a file given are wrong.
@Command(name = "shanhai", mixinStandardHelpOptions = true, versionProvider = VersionCommand.class, description = "One process that is a team's microservice platform.", footer = {
        "", "Without a command, serve is meant. Each command has its own --help."})
public final class Cli {

    private static final Map<String, Class<?>> COMMANDS = commands();

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
        String[] given = withDefaultCommand(args);
        if (given[0].equals("serve")) {
            Optional<ServeArguments> plain = ServeArguments.parse(Arrays.asList(given).subList(1, given.length));
            if (plain.isPresent()) {
                return serve(new ServeCommand(shutdown, plain.get()));
            }
        }
        if (!COMMANDS.containsKey(given[0])) {
            return commandLine(shutdown).execute(given);
        }
        return commandLine(shutdown, given[0]).execute(Arrays.copyOfRange(given, 1, given.length));
    }

    private static int serve(ServeCommand command) {
        try {
            return command.call();
        } catch (Exception e) {
            PrintWriter err = new PrintWriter(System.err, true);
            return report(e, err);
        }
    }

    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>(); // in the order of the help text
        commands.put("serve", ServeCommand.class);
        commands.put("demo", DemoCommand.class);
        commands.put("check", CheckCommand.class);
        commands.put("status", StatusCommand.class);
        commands.put("get", GetCommand.class);
        commands.put("apply", ApplyCommand.class);
        commands.put("diff", DiffCommand.class);
        commands.put("explain", ExplainCommand.class);
        commands.put("version", VersionCommand.class);
        commands.put("train", TrainCommand.class);
        return commands;
    }

    /// All commands, for help and for what is no command.
    static CommandLine commandLine(Shutdown shutdown) {
        CommandLine line = new CommandLine(new Cli(), factory(shutdown));
        COMMANDS.forEach((name, type) -> line.addSubcommand(name, type));
        return prepared(line);
    }

    // Reading the annotations of one command takes 10 to 20 ms of a cold JVM: serve starts without those of the others.
    private static CommandLine commandLine(Shutdown shutdown, String name) {
        return prepared(new CommandLine(COMMANDS.get(name), factory(shutdown)).setCommandName("shanhai " + name));
    }

    private static IFactory factory(Shutdown shutdown) {
        IFactory picocli = CommandLine.defaultFactory();
        return new IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                return type == ServeCommand.class ? type.cast(new ServeCommand(shutdown)) : picocli.create(type);
            }
        };
    }

    private static CommandLine prepared(CommandLine line) {
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
