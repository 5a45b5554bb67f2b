package io.shanhai.cli;

import io.shanhai.Appliance;
import io.shanhai.node.StartException;
import io.shanhai.settings.SettingsException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The command line. Exit codes: 0 done; 1 it did not work (cannot start, the appliance refused or does not answer);
/// 2 the command line, the settings or a file given are wrong.
///
/// Names nothing of picocli: its classes are too old for the AOT cache, and to open the jar for them costs a fast start
/// 30 ms. What is not a plain `serve` goes to [Commands].
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
        String[] given = withDefaultCommand(args);
        if (given[0].equals("serve")) {
            Optional<ServeArguments> plain = ServeArguments.parse(Arrays.asList(given).subList(1, given.length));
            if (plain.isPresent()) {
                return serve(new ServeCommand(shutdown, plain.get()));
            }
        }
        return Commands.execute(shutdown, given);
    }

    private static int serve(ServeCommand command) {
        try {
            return command.call();
        } catch (Exception e) {
            PrintWriter err = new PrintWriter(System.err, true);
            return report(e, err);
        }
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
    static int report(Exception thrown, PrintWriter err) {
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
