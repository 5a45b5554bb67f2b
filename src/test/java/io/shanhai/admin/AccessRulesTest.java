package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.shanhai.node.StartException;
import io.shanhai.settings.DataSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who passes the door, over real sockets.
class AccessRulesTest {

    private static final String STATUS = "GET /v1/status HTTP/1.1";

    @TempDir
    Path dataFolder;

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:9080", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:9080", "127.8.9.10:80",
            "[::1]", "[::1]:9080"})
    void onLoopbackALocalHostPasses(String host) throws Exception {
        try (TestDoor door = onLoopback("", true)) {
            assertEquals(200, status(door, "Host: " + host));
            assertEquals(200, status(door, "Host: " + host, "Origin: http://" + host));
            assertEquals(200, status(door, "Host: " + host, "Origin: https://" + host));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "evil.example:9080", "localhost.evil.example", "127.0.0.1.evil.example",
            "0.0.0.0:9080", "192.168.1.7", "128.0.0.1", "127.0.0.256", "[::2]:9080", "[::ffff:1.2.3.4]", "xlocalhost"})
    void onLoopbackAForeignHostOrOriginIsForbidden(String host) throws Exception {
        try (TestDoor door = onLoopback("", true)) {
            assertEquals(403, status(door, "Host: " + host));
            assertEquals(403, status(door, "Host: localhost", "Origin: http://" + host));
            RawHttp.Response health = RawHttp.exchange(door.port(), "", "GET /healthz HTTP/1.1", "Host: " + host);
            assertEquals(403, health.status());
            assertEquals("application/problem+json", health.headers().get("content-type"));
            assertTrue(health.json().get("detail").textValue().contains("expected: localhost"), health.body());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "file://localhost", "localhost", "http://", "http://localhost.", "http://localhost@evil",
            "http://localhost:x"})
    void onLoopbackAnOriginThatIsNoLocalPageIsForbidden(String origin) throws Exception {
        try (TestDoor door = onLoopback("", true)) {
            int expected = origin.equals("http://localhost.") ? 200 : 403; // a rooted name is the same name
            assertEquals(expected, status(door, "Host: localhost", "Origin: " + origin));
        }
    }

    @Test
    void aSecondHostOrOriginDoesNotHelp() throws Exception {
        try (TestDoor door = onLoopback("", true)) {
            assertEquals(403, status(door, "Host: localhost", "Origin: http://localhost", "Origin: http://evil.example"));
            RawHttp.Response response = RawHttp.exchange(door.port(), "", STATUS, "Host: localhost", "Host: evil.example");
            assertEquals(400, response.status());
        }
    }

    @Test
    void onLoopbackAPresentedTokenIsJudgedAllTheSame() throws Exception {
        try (TestDoor door = onLoopback("right-token", true)) {
            assertEquals(200, status(door, "Authorization: Bearer right-token"));
            assertEquals(200, status(door, "Authorization: bearer right-token"));
            assertEquals(200, status(door, "Host: door.example", "Authorization: Bearer right-token"));
            assertEquals(401, status(door, "Authorization: Bearer wrong-token"));
            assertEquals(401, status(door, "Authorization: Bearer "));
            assertEquals(401, status(door, "Authorization: Basic cmlnaHQtdG9rZW4="));
            assertEquals(401, status(door, "Authorization: Bearer right-token", "Authorization: Bearer right-token"));
            assertEquals(401, status(door, "Host: door.example", "Authorization: Bearer wrong-token"));
        }
        try (TestDoor door = onLoopback("", true)) {
            RawHttp.Response response = RawHttp.exchange(door.port(), "", STATUS, "Authorization: Bearer any");
            assertEquals(401, response.status());
            assertTrue(response.headers().get("www-authenticate").startsWith("Bearer "), response.toString());
            assertTrue(response.headers().get("www-authenticate").contains("invalid_token"), response.toString());
            assertEquals(401, RawHttp.exchange(door.port(), "", "GET /healthz HTTP/1.1", "Authorization: Bearer any").status());
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1,false", "0.0.0.0,true", "0.0.0.0,false"})
    void aDemandedTokenIsDemandedOfAllButHealthChecks(String address, boolean anonymous) throws Exception {
        try (TestDoor door = new TestDoor(settings(address, "right-token", "", anonymous), dataFolder)) {
            RawHttp.Response refused = RawHttp.exchange(door.port(), "", STATUS);
            assertEquals(401, refused.status());
            assertTrue(refused.headers().get("www-authenticate").startsWith("Bearer "), refused.toString());
            assertEquals(401, status(door, "Authorization: Bearer wrong"));
            assertEquals(200, status(door, "Authorization: Bearer right-token"));
            assertEquals(401, RawHttp.exchange(door.port(), "", "GET /v1/nothing HTTP/1.1").status());
            assertEquals(200, RawHttp.exchange(door.port(), "", "GET /healthz HTTP/1.1").status());
            assertEquals(503, RawHttp.exchange(door.port(), "", "GET /readyz HTTP/1.1").status());
            assertEquals(401, RawHttp.exchange(door.port(), "", "GET /healthz/../v1/status HTTP/1.1").status());
            assertEquals(401, RawHttp.exchange(door.port(), "", "GET /healthz;x=/v1/status HTTP/1.1").status());
        }
    }

    @Test
    void offLoopbackAnyHostMayBeNamed() throws Exception {
        try (TestDoor door = new TestDoor(settings("0.0.0.0", "right-token", "", true), dataFolder)) {
            assertEquals(200, status(door, "Host: door.example", "Authorization: Bearer right-token"));
            assertEquals(200, RawHttp.exchange(door.port(), "", "GET /healthz HTTP/1.1", "Host: door.example").status());
        }
    }

    @Test
    void aTokenIsGeneratedOncePrivatelyAndKept() throws Exception {
        AdminSettings settings = settings("0.0.0.0", "", "", true);
        Path file = dataFolder.resolve("admin-token");
        new TestDoor(settings, dataFolder).close();
        String token = Files.readString(file).strip();
        assertEquals(43, token.length()); // 256 bits in base64url
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (TestDoor door = new TestDoor(settings, dataFolder)) {
            assertEquals(token, Files.readString(file).strip());
            assertEquals(200, status(door, "Authorization: Bearer " + token));
        }
    }

    @Test
    void noTokenIsMadeWhereNoneIsDemanded() throws Exception {
        onLoopback("", true).close();
        assertFalse(Files.exists(dataFolder.resolve("admin-token")));
    }

    @Test
    void theTokenMayComeFromAFile() throws Exception {
        Path file = Files.writeString(dataFolder.resolve("t"), "from-file\r\n# more\n");
        try (TestDoor door = new TestDoor(settings("0.0.0.0", "", file.toString(), true), dataFolder)) {
            assertEquals(200, status(door, "Authorization: Bearer from-file"));
        }
    }

    @Test
    void tokenSettingsThatCannotWorkFailTheStart() throws Exception {
        Path empty = Files.writeString(dataFolder.resolve("empty"), "\n");
        assertThrows(StartException.class,
                () -> new TestDoor(settings("0.0.0.0", "", empty.toString(), true), dataFolder).close());
        assertThrows(StartException.class,
                () -> new TestDoor(settings("0.0.0.0", "a", empty.toString(), true), dataFolder).close());
        assertThrows(StartException.class,
                () -> new TestDoor(settings("0.0.0.0", "white space", "", true), dataFolder).close());
        assertThrows(StartException.class, () -> new TestDoor(
                settings("0.0.0.0", "", dataFolder.resolve("absent").toString(), true), dataFolder).close());
    }

    private TestDoor onLoopback(String token, boolean anonymous) throws Exception {
        return new TestDoor(settings("127.0.0.1", token, "", anonymous), dataFolder);
    }

    private static AdminSettings settings(String address, String token, String tokenFile, boolean anonymous) {
        return new AdminSettings(address, 0, token, tokenFile, anonymous, new DataSize(4096), 100, Duration.ofSeconds(30), 4,
                Duration.ofSeconds(15), Duration.ofSeconds(30));
    }

    private static int status(TestDoor door, String... headers) throws IOException {
        String[] head = new String[headers.length + 1];
        head[0] = STATUS;
        System.arraycopy(headers, 0, head, 1, headers.length);
        return RawHttp.exchange(door.port(), "", head).status();
    }
}
