package io.shanhai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shanhai.Appliance;
import io.shanhai.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// `shanhai store` and `/v1/store` against a whole appliance.
class StoreCommandTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();

    private static Appliance start(Path data) {
        return Appliance.start(Settings.load(Cli.sections(), null, Map.of(), List.of("gateway.port=0", "gateway.nio-port=0",
                "admin.port=0", "gateway.address=127.0.0.1"), 0), data);
    }

    private static String admin(Appliance appliance) {
        return appliance.greeting().get("admin");
    }

    private JsonNode call(Appliance appliance, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(admin(appliance) + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)).build();
        return JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
    }

    /// What was printed, the exit code before it.
    private static String run(String... arguments) {
        CommandLine line = Commands.commandLine(new Shutdown());
        StringWriter printed = new StringWriter();
        line.setOut(new PrintWriter(printed, true)).setErr(new PrintWriter(printed, true));
        int code = line.execute(arguments);
        return code + " " + printed;
    }

    private static void says(String expected, String printed) {
        assertTrue(printed.contains(expected), printed);
    }

    @Test
    void storeIsBackedUpWhileItRunsAndRestoredElsewhere() throws Exception {
        Path data = folder.resolve("data");
        Path other = folder.resolve("other");
        String file = folder.resolve("a.backup").toString();
        try (Appliance appliance = start(data)) {
            call(appliance, "PUT", "/v1/registry/users/127.0.0.1:9", "{\"ttl\":\"10m\"}");
            says("0 " + file + ": revision 2", run("store", "backup", file, "--server", admin(appliance)));
            String refused = run("store", "verify", "--data", data.toString());
            says("1 shanhai: store: ", refused);
            says("in use by another process", refused);
            says("in use", run("store", "backup", file, "--data", data.toString()));
        }
        String verified = run("store", "verify", "--data", data.toString());
        says("0 revision 2, compacted 0: 1 keys", verified);
        says("No problem found.", verified);
        says("revision 2", run("store", "backup", folder.resolve("b.backup").toString(), "--data", data.toString()));
        says("0 revision 2", run("store", "restore", file, "--data", other.toString()));
        says("is not empty", run("store", "restore", file, "--data", other.toString()));
        try (Appliance appliance = start(other)) {
            assertEquals("127.0.0.1:9", call(appliance, "GET", "/v1/registry/users", "").at("/instances/0/address").asText());
        }
    }

    @Test
    void whatCannotWorkSaysWhatToDo() throws Exception {
        says("there is no store in", run("store", "backup", folder.resolve("x").toString(), "--data", folder.toString()));
        says("is not there", run("store", "verify", "--data", folder.toString()));
        Path text = Files.writeString(folder.resolve("text"), "hello, this is a text and no backup at all");
        String printed = run("store", "restore", text.toString(), "--data", folder.resolve("new").toString());
        says("it is no backup of this program", printed);
        says("there is no folder", run("store", "backup", folder.resolve("no/where").toString(), "--data", "x"));
        says("verify, backup or restore", run("store"));
    }

    @Test
    void storeIsLookedAfterOverHttp() throws Exception {
        try (Appliance appliance = start(folder.resolve("data"))) {
            call(appliance, "PUT", "/v1/registry/users/127.0.0.1:9", "{\"ttl\":\"10m\"}");
            call(appliance, "PUT", "/v1/registry/users/127.0.0.1:8", "{\"ttl\":\"10m\"}");
            JsonNode state = call(appliance, "GET", "/v1/store", "");
            assertEquals(3, state.path("revision").asLong());
            assertEquals(2L << 30, state.path("quotaBytes").asLong());
            assertEquals(2, state.path("leases").asLong());
            assertTrue(state.path("alarms").isEmpty());
            assertEquals(3, call(appliance, "POST", "/v1/store/compact", "{\"revision\":3}").path("compactedRevision").asLong());
            JsonNode refused = call(appliance, "POST", "/v1/store/compact", "{\"revision\":3}");
            assertEquals("/revision", refused.at("/violations/0/path").asText());
            assertEquals(3, call(appliance, "POST", "/v1/store/defragment", "").path("revision").asLong());
            assertTrue(call(appliance, "POST", "/v1/store/alarms/disarm", "").has("alarms"));
            assertEquals("/alarm", call(appliance, "POST", "/v1/store/alarms/disarm", "{\"alarm\":\"FIRE\"}")
                    .at("/violations/0/path").asText());
        }
    }
}
