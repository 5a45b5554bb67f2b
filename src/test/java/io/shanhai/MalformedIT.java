package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Hostile bytes against the packaged jar with its default bounds. What exactly is refused is the business of the engines'
/// contract; here both engines of the whole appliance answer, count it, and go on serving.
class MalformedIT {

    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: (\\d+)\r\n");
    private static final int PATIENCE_MILLIS = (int) JarProcess.PATIENCE.toMillis();

    @TempDir
    static Path folder;
    private static Node node;

    @BeforeAll
    static void start() throws Exception {
        node = new Node(folder, folder.resolve("data"));
        node.start();
        node.put("/v1/routes/any", "{\"match\":{\"path\":\"/\"},\"respond\":{\"status\":200,\"body\":\"ok\"}}");
    }

    @AfterAll
    static void end() {
        node.close();
    }

    static Stream<Arguments> refusals() {
        return node.gatewayPorts().stream().flatMap(port -> Stream.of(
                Arguments.of(port, 431, "http1:head-too-large",
                        "GET / HTTP/1.1\nHost: a\nX-Large: " + "x".repeat(20_000) + "\n\n"),
                Arguments.of(port, 431, "http1:too-many-fields", "GET / HTTP/1.1\nHost: a\n" + "A: 1\n".repeat(500) + "\n"),
                Arguments.of(port, 414, "http1:target-too-long", "GET /" + "x".repeat(9_000) + " HTTP/1.1\nHost: a\n\n"),
                Arguments.of(port, 400, "http1:length-and-transfer-encoding",
                        "POST / HTTP/1.1\nHost: a\nContent-Length: 3\nTransfer-Encoding: chunked\n\n0\n\n"),
                Arguments.of(port, 400, "http1:request-line", "\u0016\u0003\u0001 this is no HTTP\n\n")));
    }

    @ParameterizedTest(name = "{2} on {0}")
    @MethodSource("refusals")
    void isRefusedWithItsReasonAndCounted(int port, int status, String reason, String request) throws Exception {
        String counter = "shanhai_gateway_malformed_total{engine=\"" + engine(port) + "\",reason=\"" + reason + "\"} 1.0";
        String response = exchange(port, request);
        assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
        assertTrue(response.contains("\r\nx-shanhai-reason: " + reason + "\r\n"), response);
        assertTrue(response.contains("\r\ncontent-type: application/problem+json\r\n"), response);
        JsonNode problem = new ObjectMapper().readTree(response.substring(response.indexOf("\r\n\r\n")));
        assertEquals(status, problem.path("status").intValue());
        assertEquals(reason, problem.path("reason").textValue());
        await().atMost(JarProcess.PATIENCE).until(() -> node.admin("GET", "/metrics", "").body().contains(counter));
        assertEquals(200, node.send(port, "GET", "/", "").statusCode(), "the next client is served");
    }

    static Stream<Arguments> malformedTraces() {
        return node.gatewayPorts().stream().flatMap(port -> Stream.of(
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
                "nonsense").map(traceparent -> Arguments.of(port, traceparent)));
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("malformedTraces")
    void aMalformedTraceIsServedUnderANewOne(int port, String traceparent) throws Exception {
        String response = exchange(port, "GET / HTTP/1.1\nHost: a\nConnection: close\ntraceparent: " + traceparent
                + "\ntracestate: a=1\nx-shanhai-explain: 1\n\n");
        assertTrue(response.startsWith("HTTP/1.1 200 "), response);
        String trace = response.lines().filter(line -> line.startsWith("x-shanhai-trace: ")).findFirst().orElseThrow()
                .substring(17);
        assertTrue(trace.matches("[0-9a-f]{32}") && !trace.matches("0+"), trace);
        assertTrue(!traceparent.toLowerCase().contains(trace), "not the one that was sent: " + trace);
        await().atMost(JarProcess.PATIENCE).until(() -> node.admin("GET", "/v1/explain/" + trace, "").statusCode() == 200);
    }

    private static String engine(int port) {
        return port == node.nioPort() ? "nio" : "helidon";
    }

    /// One response. Not read until the close: some engines wait with it for the client to close first.
    private static String exchange(int port, String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            StringBuilder response = new StringBuilder();
            while (response.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                assertTrue(next >= 0, () -> "closed after: " + response);
                response.append((char) next);
            }
            Matcher length = LENGTH.matcher(response);
            assertTrue(length.find(), response::toString);
            return response.append(new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.UTF_8))
                    .toString();
        }
    }
}
