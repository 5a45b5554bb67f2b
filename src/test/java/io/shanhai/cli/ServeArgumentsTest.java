package io.shanhai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// The quick reading of `serve` agrees with picocli's wherever it answers at all.
class ServeArgumentsTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "--data d", "--data=d", "--config c.yaml --data d --offset 100", "--set a.b=c --set d=e",
            "--set=a.b=c",
            "--offset=7 --train"})
    void readsWhatPicocliReads(String line) {
        List<String> arguments = line.isEmpty() ? List.of() : List.of(line.split(" "));
        ServeCommand command = new ServeCommand(new Shutdown());
        new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
        assertEquals(Optional.of(command.arguments()), ServeArguments.parse(arguments));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "--dta d", "--data", "--data --train", "--offset x", "--offset -1",
            "--offset 1 --offset 2", "extra",
            "--data a --data b", "--set=", "@file"})
    void leavesEverythingElseToPicocli(String line) {
        assertEquals(Optional.empty(), ServeArguments.parse(List.of(line.split(" "))));
    }
}
