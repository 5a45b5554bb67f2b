package io.shanhai.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IFactory;

/// All commands, read by picocli.
@Command(name = "shanhai", mixinStandardHelpOptions = true, versionProvider = VersionCommand.class, description = "One process that is a team's microservice platform.", footer = {
        "", "Without a command, serve is meant. Each command has its own --help."})
final class Commands {

    private static final Map<String, Class<?>> COMMANDS = commands();

    private Commands() {}

    /// @param given the command's name, then its arguments
    /// @return the exit code
    static int execute(Shutdown shutdown, String... given) {
        if (!COMMANDS.containsKey(given[0])) {
            return commandLine(shutdown).execute(given);
        }
        return commandLine(shutdown, given[0]).execute(Arrays.copyOfRange(given, 1, given.length));
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
        commands.put("store", StoreCommand.class);
        commands.put("version", VersionCommand.class);
        commands.put("train", TrainCommand.class);
        return commands;
    }

    /// All commands, for help and for what is no command.
    static CommandLine commandLine(Shutdown shutdown) {
        CommandLine line = new CommandLine(new Commands(), factory(shutdown));
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
        line.setExecutionExceptionHandler((thrown, command, _) -> Cli.report(thrown, command.getErr()));
        return line;
    }
}
