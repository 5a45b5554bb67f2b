package io.shanhai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// The commands against an admin API played by a small server: what is sent, what is printed, which exit code.
class CliTest {

    /// @param token the Authorization header, null for none
    private record Request(String line, String body, String token) {}

    private record Answer(int status, String body) {}

    @TempDir
    Path folder;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private HttpServer server;

    @BeforeEach
    void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stopServer() {
        server.stop(0);
    }

    @Test
    void appliesEverythingAsOneChangeSet() throws IOException {
        answers.put("POST /v1/changes", new Answer(200,
                """
                        {"revision":7,"live":true,"changes":[{"kind":"limit","id":"api","action":"created"},{"kind":"route","id":"users","action":"updated"}]}"""));
        Files.writeString(folder.resolve("a.yaml"), """
                kind: route
                id: users
                spec:
                  match: {path: /api/v1/users}
                  service: user-svc
                  limits: [api]
                ---
                kind: limit
                id: api
                spec: {algorithm: sliding-window, limit: 100, window: 1s}
                ---
                kind: instance
                id: user-svc/127.0.0.1:7001
                spec: {ttl: none}
                """);
        assertEquals(0, run("apply", "-f", folder.toString(), "--if-revision", "6"), err.toString());
        assertEquals("limit/api created\nroute/users updated\nrevision 7\n", out.toString());
        assertEquals(List.of(new Request("POST /v1/changes",
                "{\"set\":[{\"kind\":\"limit\",\"id\":\"api\",\"spec\":{\"algorithm\":\"sliding-window\",\"limit\":100,\"window\":\"1s\"}},"
                        + "{\"kind\":\"route\",\"id\":\"users\",\"spec\":{\"match\":{\"path\":\"/api/v1/users\"},\"service\":\"user-svc\",\"limits\":[\"api\"]}},"
                        + "{\"kind\":\"instance\",\"id\":\"user-svc/127.0.0.1:7001\",\"spec\":{\"ttl\":\"none\"}}],\"ifRevision\":6}",
                null)), requests);
    }

    @Test
    void saysWhatIsStoredButNotLiveAndWhatADryRunFound() throws IOException {
        String file = Files.writeString(folder.resolve("a.yaml"), "{kind: route, id: r, spec: {service: s}}").toString();
        String changes = "\"changes\":[{\"kind\":\"route\",\"id\":\"r\",\"action\":\"unchanged\"}]}";
        answers.put("POST /v1/changes", new Answer(200, "{\"revision\":8,\"live\":false," + changes));
        assertEquals(0, run("apply", "-f", file));
        assertEquals("route/r unchanged\nrevision 8 (stored, not live yet)\n", out.toString());
        answers.put("POST /v1/changes?dryRun=true", new Answer(200, "{\"revision\":8,\"live\":false,\"dryRun\":true," + changes));
        assertEquals(0, run("apply", "-f", file, "--dry-run"));
        assertTrue(out.toString().endsWith("route/r unchanged\ndry run at revision 8: nothing was written\n"), out.toString());
    }

    @Test
    void showsARefusalAtItsPlacesInTheFiles() throws IOException {
        answers.put("POST /v1/changes", new Answer(400,
                """
                        {"title":"Invalid input","status":400,"detail":"nothing was stored","violations":[\
                        {"path":"/set/0/spec/windows/1/size","message":"too small"},{"path":"/set/1/id","message":"bad"},\
                        {"path":"/set/1/spec","message":"no target"},{"path":"","message":"too many"}]}"""));
        Path file = Files.writeString(folder.resolve("a.json"), """
                {"kind": "limit", "id": "api", "spec":
                  {"windows": [{"size": 1},
                               {"size": 0}]}}
                """);
        Path other = Files.writeString(folder.resolve("b.yaml"), "{kind: route, id: r, spec: {}}");
        assertEquals(1, run("apply", "-f", other.toString(), "-f", file.toString()));
        assertEquals("refused: 400 Invalid input: nothing was stored\n  " + file
                + ":3:25: limit/api: /windows/1/size: too small\n  " + other + ":1:28: route/r: /id: bad\n  " + other
                + ":1:28: route/r: no target\n  too many\n", err.toString());
        assertEquals(1, requests.size());
        assertEquals("", out.toString());
    }

    @Test
    void showsADifferencePageByPage() {
        answers.put("GET /v1/diff?from=3", new Answer(200,
                """
                        {"from":3,"to":9,"more":true,"next":"route/a b","changes":[{"kind":"route","id":"a b","action":"updated","patch":[\
                        {"op":"replace","path":"/service","value":"t"},{"op":"remove","path":"/timeout"}]}]}"""));
        answers.put("GET /v1/diff?from=3&to=9&after=route%2Fa%20b", new Answer(200,
                """
                        {"from":3,"to":9,"more":false,"changes":[{"kind":"route","id":"c","action":"deleted"},{"kind":"limit","id":"d","action":"created"}]}"""));
        assertEquals(0, run("diff", "--from", "3"), err.toString());
        assertEquals("~ route/a b\n    replace /service \"t\"\n    remove /timeout\n- route/c\n+ limit/d\n", out.toString());
        answers.put("GET /v1/diff?from=3&kind=route&to=5", new Answer(410, "{\"title\":\"History is gone\"}"));
        assertEquals(1, run("diff", "--from", "3", "--to", "5", "--kind", "route"));
        assertEquals("shanhai: 410 History is gone\n", err.toString());
    }

    @Test
    void getsWhatWas() {
        answers.put("GET /v1/routes/x?at=4", new Answer(200, "{\"id\":\"x\"}"));
        assertEquals(0, run("get", "routes", "x", "--at", "4"), err.toString());
        assertEquals("{\n  \"id\" : \"x\"\n}\n", out.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "{kind: rout, id: a, spec: {}}|1:8: kind is \"rout\" (expected: limit, route or instance)",
            "{kind: route, spec: {}}|1:1: id is missing or no text",
            "{kind: route, id: a}|1:1: spec is missing or no object",
            "{kind: route, id: a, spec: 5}|1:28: spec is missing or no object",
            "{kind: route, id: a, spec: {}, x: 1}|1:32: unknown member \"x\"",
            "{kind: route, id: a, spec: {b: 1, b: 2}}|1:35: not valid YAML",
            "{kind: route, id: a, id: b, spec: {}}|1:22: \"id\" is there twice",
            "[1]|1:1: not an object",
            "{kind: route|1:13: not valid YAML"})
    void refusesAWrongFileBeforeAnythingIsSent(String text, String expected) throws IOException {
        Files.writeString(folder.resolve("a.yaml"), "{kind: limit, id: fine, spec: {}}");
        Path file = Files.writeString(folder.resolve("b.yaml"), text);
        assertEquals(2, run("apply", "-f", folder.toString()));
        assertTrue(err.toString().startsWith(file + ":" + expected), err.toString());
        assertEquals(List.of(), requests);
    }

    @Test
    void refusesOneObjectInTwoPlacesAndAnEmptyFolder() throws IOException {
        assertEquals(2, run("apply", "-f", folder.toString()));
        assertTrue(err.toString().contains("nothing to apply"), err.toString());
        Files.writeString(folder.resolve("a.yaml"), "{kind: limit, id: x, spec: {}}");
        Files.writeString(folder.resolve("b.yml"), "{kind: limit, id: x, spec: {}}");
        assertEquals(2, run("apply", "-f", folder.toString()));
        assertTrue(err.toString().contains("limit/x is there twice"), err.toString());
        assertEquals(2, run("apply", "-f", folder.resolve("none.yaml").toString()));
        assertTrue(err.toString().contains("none.yaml: cannot be read"), err.toString());
        assertEquals(List.of(), requests);
    }

    @ParameterizedTest
    @CsvSource({"routes, , /v1/routes", "limits, a b, /v1/limits/a%20b", "Services, user-svc, /v1/registry/user-svc"})
    void getsAllOrOne(String kind, String id, String path) {
        answers.put("GET " + path, new Answer(200, "{\"a\":[1]}"));
        assertEquals(0, id == null ? run("get", kind) : run("get", kind, id), err.toString());
        assertEquals("{\n  \"a\" : [ 1 ]\n}\n", out.toString());
    }

    @Test
    void explainsAsTextAndAsJson() {
        answers.put("GET /v1/explain/abc", new Answer(200, "because\n"));
        assertEquals(0, run("explain", "abc"));
        assertEquals("because\n", out.toString());
        answers.put("GET /v1/explain/abc", new Answer(200, "{}"));
        assertEquals(0, run("explain", "--json", "abc"));
    }

    @Test
    void showsStatusLineByLine() {
        answers.put("GET /v1/status", new Answer(200, "{\"version\":\"1\",\"rooms\":{\"store\":\"UP\"}}"));
        assertEquals(0, run("status", "--token", "s3cret"));
        assertEquals("version      1\nrooms:\n  store        UP\n", out.toString());
        assertEquals("Bearer s3cret", requests.getFirst().token());
    }

    @Test
    void tellsTheRefusalOfTheServer() {
        answers.put("GET /v1/routes/x", new Answer(404, "{\"title\":\"Not found\",\"detail\":\"no route x\"}"));
        assertEquals(1, run("get", "routes", "x"));
        assertEquals("shanhai: 404 Not found: no route x\n", err.toString());
    }

    @Test
    void tellsWhenItIsNoApplianceOrNobodyAnswers() throws IOException {
        answers.put("GET /v1/status", new Answer(200, "<html>"));
        assertEquals(1, run("status"));
        assertTrue(err.toString().contains("is this address the admin port?"), err.toString());
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        assertEquals(1, Commands.commandLine(new Shutdown()).setErr(new PrintWriter(err)).execute("status", "--server",
                "http://127.0.0.1:" + free));
        assertTrue(err.toString().contains("no appliance answers at http://127.0.0.1:" + free), err.toString());
        assertEquals(1,
                Commands.commandLine(new Shutdown()).setErr(new PrintWriter(err)).execute("status", "--server", "localhost"));
        assertTrue(err.toString().contains("--server localhost (expected:"), err.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "serve --nonsense", "get", "get nonsense", "apply", "diff", "diff --from x",
            "check --offset x", "explain"})
    void wrongUsageIsTwo(String line) {
        assertEquals(2, execute(line.split(" ")));
        assertFalse(err.toString().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "serve --help", "version", "--version", "apply --help", "diff --help"})
    void helpAndVersionAreFine(String line) {
        assertEquals(0, execute(line.split(" ")), err.toString());
        assertFalse(out.toString().isEmpty());
    }

    @Test
    void checkPrintsEverySettingWithItsSource() throws IOException {
        Path config = Files.writeString(folder.resolve("s.yaml"), "gateway: {port: 81}\n");
        assertEquals(0, execute("check", "--config", config.toString(), "--set", "log.level=warn"), err.toString());
        assertTrue(out.toString().matches("(?s).*gateway\\.port +81 +" + config + ":1:17\n.*"), out.toString());
        assertTrue(out.toString().matches("(?s).*log\\.level +warn +--set\n.*"), out.toString());
    }

    @Test
    void checkTellsAllProblemsAndTheRemedy() throws IOException {
        Path config = Files.writeString(folder.resolve("s.yaml"), "gateway: {port: x, prot: 1}\n");
        assertEquals(2, execute("check", "--config", config.toString(), "--set", "log.level=loud"));
        assertTrue(err.toString().contains("3 problem(s)"), err.toString());
        assertTrue(err.toString().contains("shanhai check"), err.toString());
    }

    private int run(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--server");
        all.add("http://127.0.0.1:" + server.getAddress().getPort());
        return execute(all.toArray(String[]::new));
    }

    private int execute(String... args) {
        CommandLine line = Commands.commandLine(new Shutdown());
        return line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(args);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(new Request(line, body, exchange.getRequestHeaders().getFirst("Authorization")));
        Answer answer = answers.getOrDefault(line, new Answer(404, "{\"title\":\"Not found\"}"));
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
