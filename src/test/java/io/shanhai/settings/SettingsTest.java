package io.shanhai.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    public enum Colour {
        RED,
        DARK_BLUE
    }

    @Section(value = "door", doc = "A door.")
    public record DoorSettings(
            @Setting(value = "8080", range = "0..65535", unit = "port", doc = "Its port.") int port,
            @Setting(value = "60s", range = "1s..1h", doc = "How long.", live = true) Duration idleTimeout,
            @Setting(value = "16KiB", range = "1KiB..1MiB", doc = "How much.") DataSize maxSize,
            @Setting(value = "0.1", range = "0.0..1.0", doc = "How often.") double rate,
            @Setting(value = "true", doc = "Whether.") boolean enabled,
            @Setting(value = "red", doc = "Which.") Colour colour,
            @Setting(value = "", doc = "Who.") List<String> clients,
            @Setting(value = "", doc = "A secret.") String token) {

        public DoorSettings {
            if (!enabled && !clients.isEmpty()) {
                throw new IllegalArgumentException("door.clients has no meaning when door.enabled is false");
            }
        }
    }

    @Section(value = "store.etcd", doc = "A nested section.")
    public record EtcdSettings(@Setting(value = "5", range = "1..9", doc = "How many.") long tries) {}

    private static final List<Class<? extends Record>> SECTIONS = List.of(DoorSettings.class, EtcdSettings.class);

    @TempDir
    Path folder;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("s.yaml");
    }

    @Test
    void takesDefaultsWhenNothingIsSet() {
        DoorSettings door = Settings.load(SECTIONS, null, Map.of(), List.of(), 0).section(DoorSettings.class);
        assertEquals(new DoorSettings(8080, Duration.ofSeconds(60), new DataSize(16_384), 0.1, true, Colour.RED, List.of(), ""),
                door);
    }

    @Test
    void readsEveryTypeFromNestedAndDottedKeys() throws IOException {
        Settings settings = load("""
                door:
                  port: 81
                  idle-timeout: 5m
                  max-size: 64KiB
                door.rate: 1
                door.enabled: true
                door:
                  colour: dark-blue
                  clients: [10.0.0.1, "::1"]
                  token: "007"
                store: {etcd: {tries: 9}}
                """);
        assertEquals(new DoorSettings(81, Duration.ofMinutes(5), new DataSize(65_536), 1.0, true, Colour.DARK_BLUE,
                List.of("10.0.0.1", "::1"), "007"), settings.section(DoorSettings.class));
        assertEquals(9, settings.section(EtcdSettings.class).tries());
    }

    @Test
    void flagWinsOverEnvironmentOverFileOverDefault() throws IOException {
        Files.writeString(file, "door: {port: 1, rate: 0.2, colour: dark-blue}\n");
        Settings settings = Settings.load(SECTIONS, file, Map.of("SHANHAI_DOOR_PORT", "2", "SHANHAI_DOOR_RATE", "0.3"),
                List.of("door.port=3", "door.port=4"), 0);
        assertEquals(4, settings.section(DoorSettings.class).port());
        assertEquals(
                List.of("--set", "default", "default", "SHANHAI_DOOR_RATE", "default", file + ":1:36", "default", "default",
                        "default"),
                sources(settings));
        assertTrue(settings.isExplicit("door.port"));
        assertFalse(settings.isExplicit("door.token"));
    }

    private static List<String> sources(Settings settings) {
        return settings.effective().stream().map(Settings.Effective::source).toList();
    }

    @Test
    void offsetMovesEveryPortButZero() throws IOException {
        Settings moved = Settings.load(SECTIONS, null, Map.of(), List.of(), 100);
        assertEquals(8180, moved.section(DoorSettings.class).port());
        assertFalse(moved.isExplicit("door.port"));
        assertEquals(5, moved.section(EtcdSettings.class).tries());
        assertEquals(0, Settings.load(SECTIONS, null, Map.of(), List.of("door.port=0"), 100).section(DoorSettings.class).port());
        assertEquals(List.of("SH-CFG-010 --offset 60000: door.port becomes 68080 (expected: a whole number, 0..65535, port)"),
                lines(assertThrows(SettingsException.class, () -> Settings.load(SECTIONS, null, Map.of(), List.of(), 60_000))));
    }

    @Test
    void reportsAllProblemsAtOnceEachWithItsPlace() throws IOException {
        Files.writeString(file, """
                door:
                  prot: 1
                  idle-timeout: 5 minutes
                  max-size: 2MiB
                  colour: blue
                  clients: {a: b}
                  token: [x]
                dor:
                  port: 1
                store: 5
                store.etcd.tries: 10
                """);
        SettingsException thrown = assertThrows(SettingsException.class, () -> Settings.load(SECTIONS, file,
                Map.of("SHANHAI_DOOR_RATE", "1.5"),
                List.of("door.port=x", "door.enabled=yes", "nonsense", "door.idel-timeout=1s"), 0));
        assertEquals(List.of(
                "SH-CFG-005 F:2:3: unknown key \"door.prot\" (did you mean \"door.port\"?)",
                "SH-CFG-003 F:6:12: door.clients is a section (expected: a list of texts)",
                "SH-CFG-003 F:7:10: door.token is a list (expected: text)",
                "SH-CFG-005 F:8:1: unknown section \"dor\" (did you mean \"door\"?)",
                "SH-CFG-003 F:10:8: \"store\" is \"5\" (expected: keys below it)",
                "SH-CFG-009 --set: \"nonsense\" (expected: key=value)",
                "SH-CFG-005 --set: unknown key \"door.idel-timeout\" (did you mean \"door.idle-timeout\"?)",
                "SH-CFG-006 --set: door.port is \"x\" (expected: a whole number, 0..65535, port)",
                "SH-CFG-006 F:3:17: door.idle-timeout is \"5 minutes\" (expected: a time such as 200ms, 10s, 5m, 1h, 1s..1h)",
                "SH-CFG-007 F:4:13: door.max-size is \"2MiB\" (expected: a size such as 512, 64KiB, 16MiB, 2GiB, 1KiB..1MiB)",
                "SH-CFG-007 SHANHAI_DOOR_RATE: door.rate is \"1.5\" (expected: a number, 0.0..1.0)",
                "SH-CFG-006 --set: door.enabled is \"yes\" (expected: true or false)",
                "SH-CFG-006 F:5:11: door.colour is \"blue\" (expected: one of red, dark-blue)",
                "SH-CFG-007 F:11:19: store.etcd.tries is \"10\" (expected: a whole number, 1..9)"),
                lines(thrown));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "door: {port: 1|SH-CFG-002 F:1:15: not valid YAML: expected ',' or '}'",
            "door: {port: 1}\\ndoor.port: 2|SH-CFG-004 F:2:1: \"door.port\" is set twice (first at F:1:14)",
            "door: {port: 1, port: 2}|SH-CFG-004 F:1:17: \"door.port\" is set twice (first at F:1:14)",
            "- door|SH-CFG-003 F:1:1: the file is a list (expected: keys below it)",
            "[1]: 2|SH-CFG-003 F:1:1: a key is a list (expected: text)",
            "door: &x {door: *x}|SH-CFG-005 F:1:11: unknown section \"door.door\"",
            "door: {port: 1}\\n---\\ndoor: {}|SH-CFG-002 F:2:1: not valid YAML",
            "door: {port: }|SH-CFG-006 F:1:13: door.port is \"\" (expected: a whole number, 0..65535, port)",
            "door: {port: 99999999999}|SH-CFG-006 F:1:14: door.port is \"99999999999\"",
            "door: {max-size: 99999999999GiB}|SH-CFG-006 F:1:18: door.max-size is \"99999999999GiB\"",
            "door: {enabled: false, clients: [a]}|SH-CFG-008 section door: door.clients has no meaning",
            "a: \\t@|SH-CFG-002 F:1:4: not valid YAML"})
    void pointsAtTheOneProblem(String yaml, String expected) throws IOException {
        SettingsException thrown = assertThrows(SettingsException.class,
                () -> load(yaml.replace("\\n", "\n").replace("\\t", "\t")));
        assertEquals(1, thrown.problems().size(), thrown.getMessage());
        String line = lines(thrown).getFirst();
        assertTrue(line.startsWith(expected.replace("\\n", "\n")), line);
    }

    @Test
    void saysWhenTheFileIsMissingOrNoText() throws IOException {
        assertEquals(List.of("SH-CFG-001 F: no such file (expected: a settings file; leave --config out to use defaults)"),
                lines(assertThrows(SettingsException.class, () -> Settings.load(SECTIONS, file, Map.of(), List.of(), 0))));
        Files.write(file, new byte[]{(byte) 0xff, (byte) 0xfe});
        assertEquals(List.of("SH-CFG-001 F: not UTF-8 text"),
                lines(assertThrows(SettingsException.class, () -> Settings.load(SECTIONS, file, Map.of(), List.of(), 0))));
    }

    @Test
    void acceptsEmptyFilesAndEmptySections() throws IOException {
        assertEquals(8080, load("").section(DoorSettings.class).port());
        assertEquals(8080, load("# nothing\ndoor:\nstore.etcd:\n").section(DoorSettings.class).port());
    }

    @Test
    void unknownEnvironmentOnlyWarns() {
        Settings settings = Settings.load(SECTIONS, null,
                Map.of("SHANHAI_PORT", "tcp://10.0.0.1:80", "SHANHAI_DOOR_PROT", "1", "SHANHAI_JAVA_HOME", "/x", "PATH", "/bin",
                        "SHANHAI_DOOR_PORT", ""),
                List.of(), 0);
        assertEquals(List.of(
                "environment variable SHANHAI_DOOR_PROT is no setting and is ignored (did you mean \"SHANHAI_DOOR_PORT\"?)",
                "environment variable SHANHAI_PORT is no setting and is ignored"), settings.warnings());
        assertEquals(8080, settings.section(DoorSettings.class).port());
    }

    @Test
    void neverShowsASecret() throws IOException {
        Settings settings = load("door: {token: hunter2}");
        assertFalse(settings.effective().toString().contains("hunter2"));
        assertFalse(settings.changesTo(load("")).toString().contains("hunter2"));
    }

    @Test
    void tellsWhatAnotherReadingWouldChange() throws IOException {
        Settings before = load("door: {port: 1}");
        Settings after = load("door: {port: 2, idle-timeout: 5s}");
        assertEquals(
                List.of(new Settings.Change("door.port", "1", "2", false),
                        new Settings.Change("door.idle-timeout", "60s", "5s", true)),
                before.changesTo(after));
        assertEquals(List.of(), before.changesTo(before));
    }

    @Test
    void theWrittenReferenceReadsBackAsDefaultsAlsoWhenUncommented() throws IOException {
        Settings.writeReference(SECTIONS, folder);
        String yaml = Files.readString(folder.resolve("config/shanhai.yaml"));
        Settings defaults = Settings.load(SECTIONS, null, Map.of(), List.of(), 0);
        assertEquals(defaults.section(DoorSettings.class), load(yaml).section(DoorSettings.class));
        String uncommented = yaml.replaceAll("(?m)^  # ([a-z-]+: )", "  $1");
        Settings read = load(uncommented);
        assertEquals(defaults.section(DoorSettings.class), read.section(DoorSettings.class));
        assertEquals(defaults.section(EtcdSettings.class), read.section(EtcdSettings.class));
        assertTrue(read.effective().stream().noneMatch(setting -> setting.source().equals("default")), uncommented);
        String page = Files.readString(folder.resolve("docs/settings.md"));
        defaults.effective().forEach(setting -> assertTrue(page.contains("`" + setting.key() + "`"), setting.key()));
    }

    @ParameterizedTest
    @CsvSource({"port, port, 0", "prot, port, 1", "idel, idle, 1", "port, ports, 1", "abc, xyz, 3", "ab, '', 2"})
    void countsEdits(String a, String b, int edits) {
        assertEquals(edits, Spelling.distance(a, b));
    }

    private Settings load(String yaml) throws IOException {
        Files.writeString(file, yaml);
        return Settings.load(SECTIONS, file, Map.of(), List.of(), 0);
    }

    private List<String> lines(SettingsException thrown) {
        return thrown.problems().stream().map(problem -> problem.toString().replace(file.toString(), "F")).toList();
    }
}
