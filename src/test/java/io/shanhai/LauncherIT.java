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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    private static final Path SCRIPT = Path.of("bin/shanhai").toAbsolutePath();
    private static final Pattern GREETED_PID = Pattern.compile("pid (\\d+)");

    @TempDir
    Path folder;
    private final List<JarProcess> started = new ArrayList<>();

    /// @param prefix of the command line
    private record Start(String name, List<String> prefix) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Start> starts() {
        Stream<Start> always = Stream.of(new Start("new java", JarProcess.jar()), script());
        return Stream.concat(always, oldJava().stream()
                .map(java -> new Start("old java", List.of(java, "-jar", JarProcess.JAR.toString()))));
    }

    private static Start script() {
        return new Start("script", List.of("sh", SCRIPT.toString()));
    }

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(JarProcess::close);
    }

    @ParameterizedTest
    @MethodSource("starts")
    void mirrorsExitCodesAndWarnsOfNothing(Start start) throws Exception {
        JarProcess version = run(start, "version");
        assertEquals(0, version.exitCode());
        assertEquals("", version.errors(), "nothing on standard error");
        assertTrue(version.output().startsWith("shanhai "), version::output);
        assertEquals(2, run(start, "nonsense").exitCode());
        assertEquals(1, run(start, "status", "--server", "http://127.0.0.1:1").exitCode());
    }

    @ParameterizedTest
    @MethodSource("starts")
    void stopsInOrderOnTermAndInt(Start start) throws Exception {
        for (String signal : List.of("TERM", "INT")) {
            JarProcess process = serve(start);
            process.signal(signal);
            assertEquals(0, process.exitCode(), () -> signal + ": " + process.errors());
            assertTrue(process.errors().contains("stopping: SIG" + signal), process::errors);
            assertFalse(process.errors().contains("WARNING"), process::errors);
        }
    }

    @ParameterizedTest
    @MethodSource("starts")
    void readsSettingsAgainOnHangup(Start start) throws Exception {
        Path config = Files.writeString(folder.resolve("s.yaml"), "log: {format: text}\n");
        JarProcess process = serve(start, "--config", config.toString());
        Files.writeString(config, "log: {format: text}\ngateway: {idle-timeout: 61s}\n");
        process.signal("HUP");
        process.awaitError("gateway.idle-timeout changes from \"60s\" to \"61s\": needs a restart");
        Files.writeString(config, "gateway: {idle-timeout: x}\n");
        process.signal("HUP");
        process.awaitError("SH-CFG-006");
        process.awaitError("the old ones stay");
        assertTrue(process.isAlive());
    }

    @Test
    void anOffsetMovesEveryPort() throws Exception {
        int admin = Node.freePort();
        int offset = admin - 9080;
        assumeTrue(Node.isFree(8080 + offset) && Node.isFree(8081 + offset), "needs three ports at the distance of the defaults");
        JarProcess process = run(starts().findFirst().orElseThrow(), "serve", "--offset", Integer.toString(offset), "--data",
                folder.resolve("data").toString());
        process.awaitOutput("Started");
        for (int port : List.of(8080 + offset, 8081 + offset, admin)) {
            assertTrue(process.output().contains(":" + port + "\n"), process::output);
            assertFalse(Node.isFree(port), "somebody listens on " + port);
        }
        JarProcess status = run(starts().findFirst().orElseThrow(), "status", "--server", "http://127.0.0.1:" + admin);
        assertEquals(0, status.exitCode(), status::errors);
    }

    @Test
    void theApplianceStopsWhenItsLauncherIsKilled() throws Exception {
        JarProcess launcher = serve(oldStart());
        ProcessHandle appliance = appliance(launcher);
        assertFalse(appliance.pid() == launcher.pid(), "an old Java runs the appliance as a child");
        launcher.kill();
        await().atMost(JarProcess.PATIENCE).until(() -> !appliance.isAlive());
        assertTrue(launcher.errors().contains("stopping: the launcher process is gone"), launcher::errors);
    }

    @Test
    void theLauncherEndsWhenItsApplianceIsKilled() throws Exception {
        JarProcess launcher = serve(oldStart());
        assertTrue(appliance(launcher).destroyForcibly());
        assertEquals(128 + 9, launcher.exitCode());
    }

    @Test
    void theScriptWritesAnAotCacheThatFitsAndWarnsOfOneThatDoesNot() throws Exception {
        JarProcess training = run(script(), "aot");
        assertEquals(0, training.exitCode(JarProcess.PATIENCE.multipliedBy(2)), training::errors);
        assertTrue(training.output().startsWith("AOT cache written: "), training::output);
        // With this mode the JVM refuses to start when the cache does not fit.
        JarProcess strict = versionByScript("SHANHAI_JAVA_OPTS", "-XX:AOTMode=on");
        assertEquals(0, strict.exitCode(), strict::errors);
        assertEquals("", strict.errors());
        JarProcess other = versionByScript("SHANHAI_GC", "G1");
        assertEquals(0, other.exitCode(), other::errors);
        assertEquals(1, other.errors().lines().count(), other::errors);
        assertTrue(other.errors().contains("renew it: bin/shanhai aot"), other::errors);
    }

    private JarProcess versionByScript(String name, String value) throws IOException {
        ProcessBuilder builder = JarProcess.builder(folder, List.of("sh", SCRIPT.toString(), "version"));
        builder.environment().put(name, value);
        return kept(JarProcess.start(builder));
    }

    @Test
    void anOldJavaAloneSaysWhatToInstall() throws Exception {
        String java = oldJava().orElse(null);
        assumeTrue(java != null && new File("/usr/bin/unshare").canExecute(), "needs an old Java and unshare");
        // A mount over the folders where the new Java lives hides it from this one process.
        String hide = "mount -t tmpfs none " + System.getProperty("java.home")
                + " && exec \"$0\" -Duser.home=/nowhere -jar \"$1\" version";
        JarProcess process = kept(JarProcess.start(folder,
                List.of("unshare", "-m", "sh", "-c", hide, java, JarProcess.JAR.toString())));
        int code = process.exitCode();
        String message = process.errors();
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

    private JarProcess serve(Start start, String... more) throws IOException {
        Stream<String> ports = Stream
                .of("gateway.port=0", "gateway.nio-port=0", "admin.port=0", "etcd.client-port=0", "gateway.address=127.0.0.1")
                .flatMap(setting -> Stream.of("--set", setting));
        Stream<String> arguments = Stream.concat(Stream.of("serve", "--data", folder.resolve("data").toString()), ports);
        JarProcess process = run(start, Stream.concat(arguments, Stream.of(more)).toArray(String[]::new));
        process.awaitOutput("Started");
        return process;
    }

    private JarProcess run(Start start, String... args) throws IOException {
        List<String> command = new ArrayList<>(start.prefix());
        command.addAll(List.of(args));
        return kept(JarProcess.start(folder, command));
    }

    private JarProcess kept(JarProcess process) {
        started.add(process);
        return process;
    }

    /// The one that greeted, whoever its parent is.
    private static ProcessHandle appliance(JarProcess launcher) {
        Matcher pid = GREETED_PID.matcher(launcher.output());
        assertTrue(pid.find(), launcher::output);
        return ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();
    }
}
