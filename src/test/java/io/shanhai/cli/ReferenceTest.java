package io.shanhai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.shanhai.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The committed reference is what the settings records say.
class ReferenceTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"config/shanhai.yaml", "docs/settings.md"})
    void theCommittedFileIsWhatTheRecordsSay(String file) throws IOException {
        Settings.writeReference(Cli.sections(), folder);
        assertEquals(Files.readString(folder.resolve(file)), Files.readString(Path.of(file)),
                file + " is out of date; after mvn -q -DskipTests package: bin/shanhai check --write-reference .");
    }
}
