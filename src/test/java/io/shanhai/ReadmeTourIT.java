package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The README's "Five minutes with curl", run line by line. Only where it would meet somebody else's ports or files is it
/// changed: the folder of the backend always, ports when one of the README's is in use.
class ReadmeTourIT {

    private static final Path README = Path.of("README.md").toAbsolutePath();
    private static final Pattern SHELL_BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
    private static final String MARK = "@@ block ";
    private static final String WIDER_LIMIT = "curl -s -X PUT localhost:9080/v1/limits/five"
            + " -d '{\"algorithm\":\"sliding-window\",\"limit\":500,\"window\":\"10s\"}'; echo\n";
    private static final int BACKEND_PORT = 7001;
    private static final List<Integer> DEFAULT_PORTS = List.of(8080, 8081, 9080);

    @TempDir
    Path folder;
    private int offset;
    private int backendPort = BACKEND_PORT;
    private JarProcess appliance;
    private JarProcess tour;

    @BeforeEach
    void choosePorts() throws Exception {
        Files.createSymbolicLink(folder.resolve("target"), JarProcess.JAR.getParent());
        Files.createSymbolicLink(folder.resolve("config"), README.resolveSibling("config"));
        while (!DEFAULT_PORTS.stream().allMatch(port -> Node.isFree(port + offset))) {
            offset = Node.freePort() - Collections.max(DEFAULT_PORTS);
        }
        if (!Node.isFree(backendPort)) {
            backendPort = Node.freePort();
        }
    }

    @AfterEach
    void end() throws IOException {
        if (tour != null) {
            tour.close();
        }
        if (appliance != null) {
            appliance.close();
        }
        Files.delete(folder.resolve("target")); // else JUnit warns that it does not follow them
        Files.delete(folder.resolve("config"));
    }

    @Test
    void everyLineDoesWhatTheTextSays() throws Exception {
        List<String> blocks = blocks();
        assertEquals(8, blocks.size(), "blocks of the tour; this test knows what each one says");
        appliance = JarProcess.start(folder, List.of("bash", "-c", "exec " + adapted(blocks.getFirst()).strip()
                + (offset == 0 ? "" : " --offset " + offset)));
        appliance.awaitOutput("Started");
        List<String> toRun = new ArrayList<>(blocks.subList(1, blocks.size()));
        toRun.add(WIDER_LIMIT + toRun.get(3)); // a reader slower than the limit's window asks why he was admitted
        List<String> said = run(toRun);

        assertRegistered(said.get(0));
        assertServedOnBothEngines(said.get(1));
        assertLimited(said.get(2));
        assertRefusalExplained(said.get(3));
        assertMistakeTold(said.get(4));
        assertChangedTogether(said.get(5));
        assertSeenFromOutside(said.get(6));
        assertAdmissionExplained(said.get(7));
    }

    private static void assertRegistered(String said) throws IOException {
        List<JsonNode> answers = jsonIn(said);
        assertTrue(answers.getFirst().path("live").booleanValue(), said);
        assertEquals("UP", answers.get(1).path("instances").path(0).path("status").textValue(), said);
    }

    private static void assertServedOnBothEngines(String said) {
        assertEquals(2, count(said, "\"live\":true"), said);
        assertEquals(2, count(said, "HTTP/1.1 200 OK\r\n"), said);
        assertEquals(2, count(said, "\r\n\r\n{\"count\":12847}\n"), said);
    }

    private static void assertLimited(String said) {
        assertTrue(said.lines().limit(6).toList().contains("429"), said);
        assertAll(() -> assertTrue(said.contains("HTTP/1.1 429 Too Many Requests\r\n"), said),
                () -> assertTrue(said.contains("ratelimit-policy: \"five\";q=5;w=10\r\n"), said),
                () -> assertTrue(said.contains("ratelimit: \"five\";r=0;t="), said),
                () -> assertTrue(said.contains("retry-after: "), said));
    }

    private static void assertRefusalExplained(String said) throws IOException {
        assertAll(() -> assertTrue(said.contains("route     users matched"), said),
                () -> assertTrue(Pattern.compile("limit +five refused \\(.*quota 5, window 10000ms").matcher(said).find(), said),
                () -> assertTrue(said.contains("response  429"), said));
        List<JsonNode> answers = jsonIn(said);
        assertEquals("refused", answers.get(0).path("limits").path(0).path("verdict").textValue(), said);
        assertEquals("path /api/v1/orders does not match prefix /api/v1/users",
                answers.get(1).path("alternatives").path(0).path("why").textValue(), said);
        assertEquals("GET users", answers.get(2).path("data").path(0).path("spans").path(0).path("operationName").textValue(),
                said);
    }

    private static void assertMistakeTold(String said) throws IOException {
        JsonNode problem = jsonIn(said).getFirst();
        assertEquals(400, problem.path("status").intValue(), said);
        List<String> places = new ArrayList<>();
        problem.path("violations").forEach(violation -> places.add(violation.path("path").textValue()));
        assertTrue(places.containsAll(List.of("/servce", "/match/path", "/timeout")), said);
        assertTrue(said.contains("did you mean \\\"service\\\"?"), said);
    }

    private static void assertChangedTogether(String said) {
        assertAll(() -> assertTrue(said.contains("\"changes\":[{\"kind\":\"route\",\"id\":\"users\",\"action\":\"updated\"},"
                + "{\"kind\":\"route\",\"id\":\"hello\",\"action\":\"created\"}]}"), said),
                () -> assertTrue(said.contains("+ route/hello\n~ route/users\n    add /timeout \"2s\"\n"), said),
                () -> assertTrue(said.contains("{\"id\":\"users\",\"revision\":4,"), said),
                () -> assertTrue(said.contains("\"at\":4}"), said));
    }

    private static void assertSeenFromOutside(String said) {
        assertAll(() -> assertTrue(said.startsWith("{\"status\":\"UP\""), said),
                () -> assertTrue(said.contains("\nshanhai_gateway_requests_total{engine=\"nio\",route=\"users\",status=\"429\"}"),
                        said),
                () -> assertTrue(said.contains("\nready        true\n"), said),
                () -> assertTrue(said.contains("\"service\" : \"user-svc\""), said),
                () -> assertTrue(said.contains("limit/hundred created\n"), said),
                () -> assertTrue(said.contains("route/users-sample created\n"), said));
    }

    private void assertAdmissionExplained(String said) {
        assertAll(() -> assertTrue(said.contains("route     users matched: prefix /api/v1/users"), said),
                () -> assertTrue(said.contains("limit     five admitted (algorithm sliding-window, quota 500"), said),
                () -> assertTrue(said.contains("instance  127.0.0.1:" + backendPort + " chosen"), said),
                () -> assertTrue(said.contains("response  200 ok"), said));
    }

    /// Runs the blocks in one shell, as a reader does who opens one for them.
    ///
    /// @return what each block printed
    private List<String> run(List<String> blocks) throws Exception {
        StringBuilder script = new StringBuilder("set -e\ntrap 'kill $(jobs -p)' EXIT\n"); // the backend goes with the shell
        for (String block : blocks) {
            script.append("echo; echo '").append(MARK).append("'\n").append(adapted(block));
            if (block.contains("http.server")) { // a reader's own pause between two blocks
                script.append("until (exec 3<>/dev/tcp/127.0.0.1/").append(backendPort).append(") 2>&-; do sleep 0.1; done\n");
            }
        }
        Path file = Files.writeString(folder.resolve("tour.sh"), script);
        tour = JarProcess.start(folder, List.of("bash", file.toString()));
        int code = tour.exitCode(JarProcess.PATIENCE.multipliedBy(2));
        assertEquals(0, code, () -> tour.output() + tour.errors());
        await().atMost(JarProcess.PATIENCE).until(() -> Node.isFree(backendPort));
        List<String> said = List.of(tour.output().split("\n" + MARK + "\n"));
        return said.subList(1, said.size());
    }

    private static List<String> blocks() throws IOException {
        String text = Files.readString(README);
        int begin = text.indexOf("## Five minutes with curl");
        String tour = text.substring(begin, text.indexOf("\n## ", begin + 1));
        return SHELL_BLOCK.matcher(tour).results().map((MatchResult block) -> block.group(1)).toList();
    }

    private String adapted(String block) {
        String text = block.replace("/tmp/users", folder.resolve("users").toString())
                .replace(Integer.toString(BACKEND_PORT), Integer.toString(backendPort));
        if (offset == 0) {
            return text;
        }
        for (int port : DEFAULT_PORTS) {
            text = text.replace("localhost:" + port, "localhost:" + (port + offset));
        }
        Matcher client = Pattern.compile("(java -jar target/shanhai.jar (?:explain|status|get|apply|diff))").matcher(text);
        return client.replaceAll("$1 --server http://127.0.0.1:" + (9080 + offset));
    }

    /// The JSON objects that begin a line or follow one another, as curl prints bodies without a line end.
    private static List<JsonNode> jsonIn(String said) throws IOException {
        String all = said.substring(said.indexOf("\n{") + 1);
        List<JsonNode> found = new ArrayList<>();
        try (var values = new ObjectMapper().readerFor(JsonNode.class).<JsonNode>readValues(all)) {
            values.forEachRemaining(found::add);
        }
        return found;
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }
}
