package io.shanhai.etcdwire;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.shanhai.etcdwire.Etcdctl.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who gets in, and what the others are told: etcd's words.
class AccessTest {

    @TempDir
    Path folder;

    private TestDoor door;
    private ManagedChannel channel;

    private void open(EtcdSettings settings) throws IOException {
        door = new TestDoor(folder.resolve("data"), settings);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", door.port()).negotiationType(NegotiationType.PLAINTEXT).build();
    }

    private static EtcdSettings settings(String address, Path users, Path token, String... tls) {
        EtcdSettings s = EtcdSettings.forTests();
        return new EtcdSettings(address, 0, "", users == null ? "" : users.toString(), token == null ? "" : token.toString(),
                tls.length == 0 ? "" : tls[0], tls.length == 0 ? "" : tls[1], 1, 3, s.maxRequests(), s.maxWaiting(),
                s.maxWatches(), s.progressInterval(), Duration.ofSeconds(3));
    }

    @AfterEach
    void close() {
        if (channel != null) {
            channel.shutdownNow();
            door.close();
        }
    }

    private Status refusal(Metadata headers) {
        KVGrpc.KVBlockingStub stub = KVGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
        return assertThrows(StatusRuntimeException.class,
                () -> stub.range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build())).getStatus();
    }

    private void passes(Metadata headers) {
        KVGrpc.newBlockingStub(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build());
    }

    private static Metadata header(String name, String value) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
        return headers;
    }

    private String login(String user, String password) {
        return AuthGrpc.newBlockingStub(channel)
                .authenticate(AuthenticateRequest.newBuilder().setName(user).setPassword(password).build()).getToken();
    }

    private Path users() throws IOException {
        return Files.writeString(folder.resolve("users"), "# who\nroot:secret\n\nreader:pass:word\n");
    }

    @Test
    void offLoopbackAPasswordIsDemandedAndOneIsMade() throws IOException {
        open(settings("0.0.0.0", null, null));
        assertEquals("etcdserver: user name is empty", refusal(new Metadata()).getDescription());
        Path made = folder.resolve("data").resolve(Credentials.FILE_NAME);
        assertEquals("rw-------", java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
        String password = Files.readString(made).strip().substring("root:".length());
        passes(header("token", login("root", password)));
    }

    @Test
    void refusalsAreEtcds() throws IOException {
        open(settings("127.0.0.1", users(), null));
        Status none = refusal(new Metadata());
        assertEquals(Status.Code.INVALID_ARGUMENT, none.getCode());
        Status unknown = refusal(header("token", "nobody gave this"));
        assertEquals(Status.Code.UNAUTHENTICATED, unknown.getCode());
        assertEquals("etcdserver: invalid auth token", unknown.getDescription());
        Status wrong = assertThrows(StatusRuntimeException.class, () -> login("root", "guess")).getStatus();
        assertEquals(Status.Code.INVALID_ARGUMENT, wrong.getCode());
        assertEquals("etcdserver: authentication failed, invalid user ID or password", wrong.getDescription());
        for (String nobody : new String[]{"", "somebody"}) {
            assertEquals(wrong.getDescription(),
                    assertThrows(StatusRuntimeException.class, () -> login(nobody, "")).getStatus().getDescription());
        }
        passes(header("token", login("reader", "pass:word")));
        assertTrue(door.metric("shanhai_etcd_requests_total", "code=\"UNAUTHENTICATED\"") > 0);
    }

    @Test
    void withoutUsersThereIsNothingToLogInTo() throws IOException {
        open(settings("127.0.0.1", null, null));
        Status off = assertThrows(StatusRuntimeException.class, () -> login("root", "x")).getStatus();
        assertEquals(Status.Code.FAILED_PRECONDITION, off.getCode());
        assertEquals("etcdserver: authentication is not enabled", off.getDescription());
        passes(new Metadata());
    }

    @Test
    void tokenFileOpensByHeader() throws Exception {
        open(settings("127.0.0.1", null, Files.writeString(folder.resolve("token"), "let-me-in\n")));
        passes(header("token", "let-me-in"));
        passes(header("authorization", "Bearer let-me-in"));
        passes(header("authorization", "let-me-in"));
        assertEquals(200, json("Bearer let-me-in").statusCode());
        assertEquals(401, json("Bearer let-me-out").statusCode());
        HttpResponse<String> none = json("");
        assertEquals(400, none.statusCode());
        assertTrue(none.body().contains("etcdserver: user name is empty"), none.body());
    }

    @Test
    void connectionGoesOnAfterARefusal() throws Exception {
        open(settings("127.0.0.1", null, Files.writeString(folder.resolve("token"), "let-me-in\n")));
        String body = "{\"key\":\"YQ==\"}";
        String head = "POST /v3/kv/range HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n";
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write((head + "\r\n" + body + head + "Authorization: Bearer let-me-in\r\nConnection: close\r\n\r\n"
                            + body).getBytes(StandardCharsets.US_ASCII));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answers.startsWith("HTTP/1.1 400 ") && answers.contains("HTTP/1.1 200 OK"), answers);
        }
    }

    private HttpResponse<String> json(String authorization) throws Exception {
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(door.endpoint() + "/v3/kv/range"))
                    .POST(BodyPublishers.ofString("{\"key\":\"" + Base64.getEncoder().encodeToString(new byte[]{1}) + "\"}"));
            if (!authorization.isEmpty()) {
                request.header("Authorization", authorization);
            }
            return http.send(request.build(), BodyHandlers.ofString());
        }
    }

    @Test
    void clientsLogInByThemselves() throws Exception {
        open(settings("127.0.0.1", users(), null));
        Etcdctl ctl = new Etcdctl(door.endpoint(), folder);
        Outcome put = ctl.run("--user", "root:secret", "put", "a", "1");
        assertEquals("OK\n", put.out(), put.err());
        assertTrue(ctl.run("--user", "root:wrong", "put", "a", "1").err().contains("authentication failed"));
        assertTrue(ctl.run("put", "a", "1").err().contains("etcdserver: user name is empty"));
        try (Client jetcd = Client.builder().endpoints(door.endpoint()).user(bytes("root")).password(bytes("secret")).build()) {
            assertEquals(1, jetcd.getKVClient().get(bytes("a")).get(15, TimeUnit.SECONDS).getCount());
        }
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    @Test
    void tlsServesBothProtocols() throws Exception {
        Path cert = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        Process openssl = new ProcessBuilder("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key.toString(), "-out", cert.toString())
                .redirectErrorStream(true).redirectOutput(folder.resolve("openssl.log").toFile()).start();
        assertEquals(0, openssl.waitFor());
        open(settings("127.0.0.1", null, null, cert.toString(), key.toString()));
        Etcdctl ctl = new Etcdctl("https://127.0.0.1:" + door.port(), folder);
        assertEquals("OK\n", ctl.run("--cacert", cert.toString(), "put", "a", "1").out());
        Process curl = new ProcessBuilder("curl", "-sf", "--http1.1", "--cacert", cert.toString(),
                "https://127.0.0.1:" + door.port() + "/health").start();
        assertEquals("{\"health\":\"true\"}", new String(curl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    }

    /// gRPC's own patience with a connection ends while this one, which it never sees, is in use.
    @Test
    void jsonWatchOutlivesTheTimeForItsRequest() throws Exception {
        EtcdSettings s = settings("127.0.0.1", null, null);
        open(new EtcdSettings(s.address(), 0, "", "", "", "", "", 1, 3, 10, 10, 10, Duration.ofMillis(300),
                Duration.ofSeconds(1)));
        try (Socket socket = new Socket("127.0.0.1", door.port())) {
            socket.setSoTimeout(10_000);
            String body = "{\"create_request\":{\"key\":\"YQ==\",\"progress_notify\":true}}";
            socket.getOutputStream().write(("POST /v3/watch HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            for (int notices = 0; notices < 6;) { // one each 300 ms
                String line = lines.readLine();
                assertNotNull(line, "the connection was closed");
                notices += line.contains("\"result\"") ? 1 : 0;
            }
        }
    }

    @Test
    void connectionsAreBoundedAndSilentOnesAreClosed() throws Exception {
        open(settings("127.0.0.1", null, null)); // three connections, three seconds of patience
        try (Socket one = new Socket("127.0.0.1", door.port());
                Socket two = new Socket("127.0.0.1", door.port());
                Socket three = new Socket("127.0.0.1", door.port())) {
            await().until(() -> door.metric("shanhai_etcd_connections", "") == 3);
            try (Socket four = new Socket("127.0.0.1", door.port())) {
                four.setSoTimeout(10_000);
                assertEquals(-1, four.getInputStream().read());
            }
            assertEquals(1, door.metric("shanhai_etcd_refused_total", "bound=\"connections\""));
            two.getOutputStream().write("POST /v3/kv/range HTTP/1.1\r\nHost: loc".getBytes(StandardCharsets.US_ASCII));
            three.getOutputStream().write("PRI".getBytes(StandardCharsets.US_ASCII));
            for (Socket socket : new Socket[]{one, two, three}) {
                socket.setSoTimeout(10_000);
                assertEquals(-1, socket.getInputStream().read());
            }
        }
        await().until(() -> door.metric("shanhai_etcd_connections", "") == 0);
    }
}
