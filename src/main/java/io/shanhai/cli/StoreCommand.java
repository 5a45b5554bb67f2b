package io.shanhai.cli;

import io.shanhai.StoreFiles;
import io.shanhai.store.Verification;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Looks after the store's files.
@Command(name = "store", mixinStandardHelpOptions = true, subcommands = {StoreCommand.Verify.class, StoreCommand.Backup.class,
        StoreCommand.Restore.class}, description = "Verify, back up or restore the store.")
final class StoreCommand implements Callable<Integer> {

    private static final String DATA = "shanhai-data";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Say what to do with the store: verify, backup or restore.");
    }

    /// Says how far it is on the terminal, in one line that is written over; nothing when nobody looks.
    private static Verification.Progress progress() {
        boolean isWatched = System.console() != null && System.console().isTerminal();
        return (what, done) -> {
            if (isWatched) {
                System.err.printf("\r%-30s %,15d ", what, done);
            }
        };
    }

    private static void summary(PrintWriter out, Verification found) {
        if (System.console() != null && System.console().isTerminal()) {
            System.err.println();
        }
        out.printf("revision %d, compacted %d: %d keys, %d past versions, %d leases; %d commits in the log%n", found.revision(),
                found.compacted(), found.keys(), found.past(), found.leases(), found.frames());
        if (found.tornBytes() > 0) {
            out.printf("the log ends with %d bytes of a commit that was never acknowledged; the next start cuts them%n",
                    found.tornBytes());
        }
    }

    @Command(name = "verify", mixinStandardHelpOptions = true, description = "Read every byte of a stopped appliance's store and change none.")
    static final class Verify implements Callable<Integer> {

        @Option(names = "--data", paramLabel = "DIR", defaultValue = DATA, description = "Data folder (default: ${DEFAULT-VALUE}).")
        private Path data;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Verification found = StoreFiles.verify(data, progress());
            PrintWriter out = spec.commandLine().getOut();
            summary(out, found);
            found.problems().forEach(out::println);
            out.println(found.problems().isEmpty() ? "No problem found." : found.problems().size() + " problem(s) found.");
            return found.problems().isEmpty() ? 0 : Cli.EXIT_FAILED;
        }
    }

    @Command(name = "backup", mixinStandardHelpOptions = true, description = "Write a backup of a running appliance's store, or with --data of a stopped one's.")
    static final class Backup implements Callable<Integer> {

        @Parameters(paramLabel = "FILE", description = "Where to; replaced when it is there, once the new one is whole.")
        private Path file;

        @Option(names = "--data", paramLabel = "DIR", description = "Data folder of an appliance that is stopped.")
        private Path data;

        @Mixin
        private ServerOptions server;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Path parent = file.toAbsolutePath().getParent();
            if (!parent.toFile().isDirectory()) {
                throw new ParameterException(spec.commandLine(), "FILE: there is no folder " + parent + ". Make it first.");
            }
            long revision = data != null
                    ? StoreFiles.backup(data, file)
                    : StoreFiles.keepBackup(file, out -> server.client().download("/v1/store/backup", out));
            spec.commandLine().getOut().printf("%s: revision %d, %,d bytes%n", file, revision, file.toFile().length());
            return 0;
        }
    }

    @Command(name = "restore", mixinStandardHelpOptions = true, description = "Make the store of a data folder that has none from a backup.")
    static final class Restore implements Callable<Integer> {

        @Parameters(paramLabel = "FILE", description = "The backup.")
        private Path file;

        @Option(names = "--data", paramLabel = "DIR", defaultValue = DATA, description = "Data folder (default: ${DEFAULT-VALUE}).")
        private Path data;

        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            Verification found = StoreFiles.restore(file, data, progress());
            PrintWriter out = spec.commandLine().getOut();
            summary(out, found);
            out.println("Restored into " + data + ". Leases have their full time from the next start on.");
            return 0;
        }
    }
}
