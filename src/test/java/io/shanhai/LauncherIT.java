package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The packaged jar as people start it: on a new Java, on an old one, and by the script.
class LauncherIT {

    private static final Path JAR = Path.of(System.getProperty("shanhai.jar", "target/shanhai.jar"));
    private static final String NEW_JAVA = System.getProperty("java.home");
    private static final Duration PATIENCE = Duration.ofSeconds(60); // a busy machine starts a JVM in seconds
    private static final Pattern GREETED_PID = Pattern.compile("pid (\\d+)");

    @TempDir
    Path folder;
    private final List<Process> started = new ArrayList<>();

    /// @param prefix of the command line
    private record Start(String name, List<String> prefix) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Start> starts() {
        Stream<Start> always = Stream.of(
                new Start("new java", List.of(NEW_JAVA + "/bin/java", "-jar", JAR.toAbsolutePath().toString())),
                new Start("script", List.of("sh", Path.of("bin/shanhai").toAbsolutePath().toString())));
        return Stream.concat(always,
                oldJava().map(java -> new Start("old java", List.of(java, "-jar", JAR.toAbsolutePath().toString()))).stream());
    }

    @AfterEach
    void endWhatIsLeft() {
        for (Process process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @MethodSource("starts")
    void mirrorsExitCodesAndWarnsOfNothing(Start start) throws Exception {
        assertEquals(0, exitCode(run(start, "version")));
        assertEquals("", Files.readString(errors()), "nothing on standard error");
        assertTrue(Files.readString(output()).startsWith("shanhai "), Files.readString(output()));
        assertEquals(2, exitCode(run(start, "nonsense")));
        assertEquals(1, exitCode(run(start, "status", "--server", "http://127.0.0.1:1")));
    }

    @ParameterizedTest
    @MethodSource("starts")
    void stopsInOrderOnTermAndInt(Start start) throws Exception {
        for (String signal : List.of("TERM", "INT")) {
            Process process = serve(start);
            signal(signal, process.pid());
            assertEquals(0, exitCode(process), signal + ": " + Files.readString(errors()));
            assertTrue(Files.readString(errors()).contains("stopping: SIG" + signal), Files.readString(errors()));
            assertFalse(Files.readString(errors()).contains("WARNING"), Files.readString(errors()));
        }
    }

    @ParameterizedTest
    @MethodSource("starts")
    void readsSettingsAgainOnHangup(Start start) throws Exception {
        Path config = Files.writeString(folder.resolve("s.yaml"), "log: {format: text}\n");
        Process process = serve(start, "--config", config.toString());
        Files.writeString(config, "log: {format: text}\ngateway: {idle-timeout: 61s}\n");
        signal("HUP", process.pid());
        awaitError("gateway.idle-timeout changes from \"60s\" to \"61s\": needs a restart");
        Files.writeString(config, "gateway: {idle-timeout: x}\n");
        signal("HUP", process.pid());
        awaitError("SH-CFG-006");
        awaitError("the old ones stay");
        assertTrue(process.isAlive());
    }

    @Test
    void aSecondProcessOnTheSameDataNamesTheFirst() throws Exception {
        Start start = starts().findFirst().orElseThrow();
        Process first = serve(start);
        Process second = run(start, serveArguments());
        assertEquals(1, exitCode(second));
        String message = Files.readString(errors());
        assertTrue(message.contains("in use by process " + first.pid()), message);
        assertFalse(message.contains("\tat "), "no stack trace: " + message);
    }

    @Test
    void theApplianceStopsWhenItsLauncherIsKilled() throws Exception {
        Process launcher = serve(oldStart());
        ProcessHandle appliance = appliance();
        assertFalse(appliance.pid() == launcher.pid(), "an old Java runs the appliance as a child");
        launcher.destroyForcibly();
        await().atMost(PATIENCE).until(() -> !appliance.isAlive());
        assertTrue(Files.readString(errors()).contains("stopping: the launcher process is gone"), Files.readString(errors()));
    }

    @Test
    void theLauncherEndsWhenItsApplianceIsKilled() throws Exception {
        Process launcher = serve(oldStart());
        assertTrue(appliance().destroyForcibly());
        assertEquals(128 + 9, exitCode(launcher));
    }

    @Test
    void theScriptWritesAnAotCacheThatFitsAndWarnsOfOneThatDoesNot() throws Exception {
        Start script = starts().filter(start -> start.name().equals("script")).findFirst().orElseThrow();
        Process training = run(script, "aot");
        assertTrue(training.waitFor(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS), "still training");
        assertEquals(0, training.exitValue(), text(errors()));
        assertTrue(Files.readString(output()).startsWith("AOT cache written: "), text(output()));
        // With this mode the JVM refuses to start when the cache does not fit.
        ProcessBuilder strict = builder(List.of("sh", script.prefix().getLast(), "version"));
        strict.environment().put("SHANHAI_JAVA_OPTS", "-XX:AOTMode=on");
        assertEquals(0, exitCode(start(strict)), text(errors()));
        assertEquals("", Files.readString(errors()));
        ProcessBuilder other = builder(List.of("sh", script.prefix().getLast(), "version"));
        other.environment().put("SHANHAI_GC", "G1");
        assertEquals(0, exitCode(start(other)), text(errors()));
        assertEquals(1, Files.readString(errors()).lines().count(), text(errors()));
        assertTrue(Files.readString(errors()).contains("renew it: bin/shanhai aot"), text(errors()));
    }

    @Test
    void anOldJavaAloneSaysWhatToInstall() throws Exception {
        String java = oldJava().orElse(null);
        assumeTrue(java != null && new File("/usr/bin/unshare").canExecute(), "needs an old Java and unshare");
        // A mount over the folders where the new Java lives hides it from this one process.
        String hide = "mount -t tmpfs none " + Path.of(NEW_JAVA) + " && exec \"$0\" -Duser.home=/nowhere -jar \"$1\" version";
        ProcessBuilder builder = builder(List.of("unshare", "-m", "sh", "-c", hide, java, JAR.toAbsolutePath().toString()));
        Process process = start(builder);
        int code = exitCode(process);
        String message = Files.readString(errors());
        assumeTrue(!message.startsWith("unshare:") && !message.startsWith("mount:"), "needs the right to mount");
        assertEquals(2, code, message);
        assertTrue(message.contains("install a JDK 25"), message);
        assertEquals(1, message.lines().count(), message);
    }

    private Start oldStart() {
        List<Start> old = starts().filter(start -> start.name().equals("old java")).toList();
        assumeTrue(!old.isEmpty(), "needs a Java older than 25");
        return old.getFirst();
    }

    private static Optional<String> oldJava() {
        File[] homes = new File("/usr/lib/jvm").listFiles();
        return Stream.of(homes == null ? new File[0] : homes).sorted()
                .filter(home -> new File(home, "bin/java").canExecute() && isOld(home.toPath().resolve("release")))
                .map(home -> home + "/bin/java").findFirst();
    }

    private static boolean isOld(Path release) {
        try {
            Matcher version = Pattern.compile("JAVA_VERSION=\"(1\\.)?(\\d+)").matcher(Files.readString(release));
            return version.find() && Integer.parseInt(version.group(2)) < Runtime.version().feature();
        } catch (IOException e) {
            return false; // no Java here
        }
    }

    private Process serve(Start start, String... more) throws Exception {
        Process process = run(start, Stream.concat(Stream.of(serveArguments()), Stream.of(more)).toArray(String[]::new));
        await().atMost(PATIENCE).until(() -> Files.readString(output()).contains("Started") || !process.isAlive());
        assertTrue(process.isAlive(), () -> "it ended: " + text(errors()));
        return process;
    }

    private String[] serveArguments() {
        return new String[]{"serve", "--data", folder.resolve("data").toString(), "--set", "gateway.address=127.0.0.1",
                "--set", "gateway.port=0", "--set", "gateway.nio-port=0", "--set", "admin.port=0"};
    }

    private Process run(Start start, String... args) throws IOException {
        List<String> command = new ArrayList<>(start.prefix());
        command.addAll(List.of(args));
        return start(builder(command));
    }

    private ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SHANHAI_") || name.equals("JAVA_HOME"));
        builder.environment().put("SHANHAI_CACHE", folder.resolve("cache").toString()); // not one a developer left beside the jar
        return builder.redirectOutput(output().toFile()).redirectError(errors().toFile());
    }

    private Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private ProcessHandle appliance() throws IOException {
        Matcher pid = GREETED_PID.matcher(Files.readString(output()));
        assertTrue(pid.find(), Files.readString(output()));
        return ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();
    }

    private void awaitError(String text) {
        await().atMost(PATIENCE).until(() -> Files.readString(errors()).contains(text));
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "still running");
        return process.exitValue();
    }

    private static void signal(String name, long pid) throws Exception {
        assertEquals(0, new ProcessBuilder("sh", "-c", "kill -s " + name + " " + pid).start().waitFor());
    }

    private Path output() {
        return folder.resolve("out.txt");
    }

    private Path errors() {
        return folder.resolve("err.txt");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
