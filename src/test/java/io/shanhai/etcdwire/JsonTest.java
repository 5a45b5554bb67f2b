package io.shanhai.etcdwire;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// JSON over HTTP/1.1 on the door's port, side by side with the gateway of a real etcd: the same status and the same
/// body, ids aside.
class JsonTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    @TempDir
    static Path folder;

    private static RealEtcd etcd;
    private static TestDoor door;
    private static HttpClient http;

    @BeforeAll
    static void start() throws IOException {
        etcd = new RealEtcd(folder.resolve("etcd"));
        door = new TestDoor(folder.resolve("door"));
        http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        http.shutdownNow();
        door.close();
        etcd.close();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Quotes are written as ', and what stands in <> is put in base64.
    private static String json(String text) {
        StringBuilder json = new StringBuilder();
        for (String part : text.replace('\'', '"').split("(?=<)|(?<=>)")) {
            json.append(part.startsWith("<") ? base64(part.substring(1, part.length() - 1)) : part);
        }
        return json.toString();
    }

    private static HttpResponse<String> post(String endpoint, String path, String body) throws Exception {
        return http.send(HttpRequest.newBuilder(URI.create(endpoint + path)).timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private static String shape(HttpResponse<String> response) throws IOException {
        JsonNode body = JSON.readTree(response.body());
        strip(body);
        return response.statusCode() + " " + body;
    }

    /// Takes out what is each server's own.
    private static void strip(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (String own : List.of("cluster_id", "member_id", "raft_term", "raftTerm", "leader", "raftIndex",
                    "raftAppliedIndex", "dbSize", "dbSizeInUse", "name", "peerURLs", "clientURLs", "ID", "hash",
                    "compact_revision")) {
                object.remove(own);
            }
        }
        node.forEach(JsonTest::strip);
    }

    private static void same(String path, String body) throws Exception {
        String expected = shape(post(etcd.endpoint(), path, json(body)));
        assertEquals(expected, shape(post(door.endpoint(), path, json(body))), () -> path + " " + body);
    }

    /// The same status and code; how a parser words its complaint is its own.
    private static void sameRefusal(String path, String body) throws Exception {
        List<String> seen = new ArrayList<>();
        for (String endpoint : List.of(etcd.endpoint(), door.endpoint())) {
            HttpResponse<String> response = post(endpoint, path, json(body));
            seen.add(response.statusCode() + " " + JSON.readTree(response.body()).path("code"));
        }
        assertEquals(seen.get(0), seen.get(1), () -> path + " " + body);
    }

    @Test
    void keysAndTransactions() throws Exception {
        same("/v3/kv/put", "{'key':'<kv/a>','value':'<1>'}");
        same("/v3/kv/put", "{'key':'<kv/a>','value':'<2>','prev_kv':true}");
        same("/v3/kv/put", "{'key':'<kv/b>','value':'<2>','prevKv':true}");
        same("/v3/kv/range", "{'key':'<kv/a>'}");
        same("/v3/kv/range", "{'key':'<kv/>','range_end':'<kv0>','sort_order':'DESCEND','sort_target':'MOD','limit':'1'}");
        same("/v3/kv/range", "{'key':'<kv/>','range_end':'<kv0>','limit':1,'sort_order':2}");
        same("/v3/kv/range", "{'key':'<kv/>','range_end':'<kv0>','count_only':true}");
        same("/v3/kv/range", "{'key':'<absent>'}");
        same("/v3/kv/range", "{'key':'<kv/a>','revision':'99999'}");
        same("/v3/kv/range", "{}");
        same("/v3/kv/range", "");
        same("/v3/kv/txn", "{'compare':[{'key':'<kv/a>','target':'VALUE','value':'<2>','result':'EQUAL'}],"
                + "'success':[{'requestPut':{'key':'<kv/a>','value':'<3>'}},{'request_range':{'key':'<kv/a>'}}],"
                + "'failure':[{'request_delete_range':{'key':'<kv/a>'}}]}");
        same("/v3/kv/txn", "{'compare':[{'key':'<kv/a>','target':'LEASE','lease':'7'}],'failure':[{'request_txn':"
                + "{'success':[{'request_delete_range':{'key':'<kv/b>','prev_kv':true}}]}}]}");
        same("/v3/kv/txn", "{'success':[{}]}");
        same("/v3/kv/deleterange", "{'key':'<kv/a>','prev_kv':true}");
        same("/v3/kv/deleterange", "{'key':'<kv/a>'}");
        same("/v3/kv/compaction", "{'revision':'99999'}");
    }

    @Test
    void malformedRequests() throws Exception {
        sameRefusal("/v3/kv/put", "{'key':");
        sameRefusal("/v3/kv/put", "{'key':5}");
        sameRefusal("/v3/kv/put", "{'nokey':'<a>'}");
        sameRefusal("/v3/kv/put", "{'key':'%%%'}");
        sameRefusal("/v3/kv/range", "{'key':'<a>','sort_order':'SIDEWAYS'}");
        sameRefusal("/v3/kv/range", "{'key':'<a>','limit':'many'}");
        sameRefusal("/v3/kv/range", "[]");
        assertEquals(404, post(door.endpoint(), "/v3/kv/nothing", "{}").statusCode());
        assertEquals(404, post(etcd.endpoint(), "/v3/kv/nothing", "{}").statusCode());
    }

    @Test
    void leases() throws Exception {
        same("/v3/lease/grant", "{'TTL':'100','ID':'7001'}");
        same("/v3/lease/grant", "{'TTL':100,'ID':7001}");
        same("/v3/lease/grant", "{'TTL':'9000000001'}");
        same("/v3/kv/put", "{'key':'<lease/a>','value':'<1>','lease':'7001'}");
        for (String prefix : List.of("/v3/lease", "/v3/kv/lease")) {
            same(prefix + "/leases", "{}");
        }
        same("/v3/lease/keepalive", "{'ID':'7001'}");
        same("/v3/lease/keepalive", "{'ID':'7001'}{'ID':'7002'}");
        List<JsonNode> left = new ArrayList<>();
        for (String endpoint : List.of(etcd.endpoint(), door.endpoint())) {
            left.add(JSON.readTree(post(endpoint, "/v3/lease/timetolive", "{\"ID\":\"7001\",\"keys\":true}").body()));
        }
        assertEquals(left.get(0).path("keys"), left.get(1).path("keys"));
        assertEquals(left.get(0).path("grantedTTL"), left.get(1).path("grantedTTL"));
        same("/v3/lease/revoke", "{'ID':'7001'}");
        same("/v3/kv/lease/revoke", "{'ID':'7001'}");
        same("/v3/kv/lease/timetolive", "{'ID':'7001'}");
    }

    @Test
    void clusterMaintenanceAndAuth() throws Exception {
        same("/v3/cluster/member/list", "{}");
        same("/v3/maintenance/status", "{}");
        same("/v3/maintenance/alarm", "{'action':'GET'}");
        same("/v3/auth/authenticate", "{'name':'root','password':'x'}");
        same("/v3/auth/user/list", "{}");
        assertEquals("false",
                JSON.readTree(post(door.endpoint(), "/v3/auth/status", "{}").body()).path("enabled").asText("false"));
        for (String path : List.of("/health", "/version")) {
            List<String> pages = new ArrayList<>();
            for (String endpoint : List.of(etcd.endpoint(), door.endpoint())) {
                HttpResponse<String> page = http.send(HttpRequest.newBuilder(URI.create(endpoint + path)).build(),
                        BodyHandlers.ofString());
                pages.add(page.statusCode() + " " + JSON.readTree(page.body()));
            }
            assertEquals(pages.get(0), pages.get(1));
        }
    }

    @Test
    void lockAndElection() throws Exception {
        same("/v3/lease/grant", "{'TTL':'100','ID':'8001'}");
        same("/v3/lock/lock", "{'name':'<mutex>','lease':'8001'}");
        same("/v3/lock/unlock", "{'key':'<mutex/1f41>'}");
        same("/v3/election/leader", "{'name':'<vote>'}");
        same("/v3/election/campaign", "{'name':'<vote>','lease':'8001','value':'<me>'}");
        same("/v3/election/leader", "{'name':'<vote>'}");
        same("/v3/election/proclaim", "{'value':'<you>'}");
        same("/v3/lock/lock", "{'name':'<mutex>','lease':'8002'}");
    }

    /// One watch over HTTP; its lines as they come.
    private static final class HttpWatch implements AutoCloseable {

        final Queue<JsonNode> lines = new ConcurrentLinkedQueue<>();
        private final HttpClient own = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final CompletableFuture<HttpResponse<Stream<String>>> response;

        HttpWatch(String endpoint, String body) {
            response = own
                    .sendAsync(HttpRequest.newBuilder(URI.create(endpoint + "/v3/watch")).POST(BodyPublishers.ofString(body))
                            .build(), BodyHandlers.ofLines());
            response.thenAccept(stream -> Thread.ofVirtual().start(() -> read(stream.body())));
        }

        private void read(Stream<String> body) {
            try {
                body.forEach(line -> {
                    try {
                        JsonNode node = JSON.readTree(line);
                        strip(node);
                        lines.add(node);
                    } catch (IOException e) {
                        throw new IllegalStateException(line, e);
                    }
                });
            } catch (UncheckedIOException e) {
                // closed by the test
            }
        }

        List<String> await(int count) {
            org.awaitility.Awaitility.await().atMost(PATIENCE).until(() -> lines.size() >= count);
            return lines.stream().map(JsonNode::toString).toList();
        }

        @Override
        public void close() {
            own.shutdownNow();
        }
    }

    @Test
    void watchStreamsLines() throws Exception {
        String body = json("{'create_request':{'key':'<watch/>','range_end':'<watch0>','prev_kv':true}}");
        try (HttpWatch real = new HttpWatch(etcd.endpoint(), body); HttpWatch own = new HttpWatch(door.endpoint(), body)) {
            assertEquals(real.await(1), own.await(1));
            same("/v3/kv/put", "{'key':'<watch/a>','value':'<1>'}");
            assertEquals(real.await(2), own.await(2));
            same("/v3/kv/deleterange", "{'key':'<watch/a>'}");
            assertEquals(real.await(3), own.await(3));
        }
        await().atMost(PATIENCE).until(() -> door.metric("shanhai_etcd_watches", "") == 0);
    }

    @Test
    void foreignPagesAreRefusedOnLoopback() throws Exception {
        assertEquals(403, raw("POST /v3/kv/range HTTP/1.1\r\nHost: evil.example:2379\r\nContent-Length: 2\r\n\r\n{}"));
        assertEquals(403, raw("POST /v3/kv/range HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
                + "Content-Length: 2\r\n\r\n{}"));
        assertEquals(403, raw("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
        assertEquals(200, raw("GET /health HTTP/1.1\r\nHost: localhost:2379\r\n\r\n"));
        assertEquals(405, raw("GET /v3/kv/range HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }

    @Test
    void bodyBeyondTheLimitIsRefused() throws Exception {
        assertEquals(413, raw("POST /v3/kv/put HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n"));
    }

    @Test
    void malformedHeadIsAnswered() throws Exception {
        assertEquals(400, raw("POST /v3/kv/put HTTP/1.1\r\nHost: localhost\r\nLong: " + "x".repeat(20_000) + "\r\n\r\n"));
        assertEquals(400, raw("nonsense\r\n\r\n"));
    }

    /// The status of the answer to these bytes.
    private static int raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            String line = new String(in.readNBytes("HTTP/1.1 200".length()), StandardCharsets.ISO_8859_1);
            assertTrue(line.startsWith("HTTP/1.1 "), line);
            return Integer.parseInt(line.substring("HTTP/1.1 ".length()));
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            String one = "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n";
            String two = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write((one + two).getBytes(StandardCharsets.ISO_8859_1));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertTrue(answers.indexOf("etcdserver") > 0 && answers.indexOf("etcdserver") < answers.indexOf("\"health\""),
                    answers);
        }
    }
}
