package io.shanhai.gateway;

import static io.shanhai.gateway.TestGateway.prefix;
import static io.shanhai.gateway.TestGateway.respond;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Floods a client can send with a handful of bytes each. The connection is ended long before the flood is.
@Timeout(60)
class HelidonHttp2FloodTest {

    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int CONTINUATION = 9;
    private static final int DATA = 0;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int FLOOD = 50_000;
    private static final byte[] GET = {(byte) 0x82, (byte) 0x86, (byte) 0x84, 0x01, 1, 'a'}; // GET http / authority a

    private TestGateway gateway;

    @BeforeEach
    void startGateway() throws Exception {
        gateway = new TestGateway(GatewaySettings.forTests(), new HelidonContractTest()::start);
        gateway.route("any", prefix("/"), respond(200, "ok")).publish();
    }

    @AfterEach
    void closeGateway() throws Exception {
        gateway.close();
    }

    private interface Frames {
        byte[] frame(int number);
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length).put((byte) (payload.length >> 16)).putShort((short) payload.length)
                .put((byte) type).put((byte) flags).putInt(stream).put(payload).array();
    }

    /// Whether the server ended the connection while, or after, these were sent; and still serves others.
    private boolean endsConnection(byte[] first, Frames flood) throws Exception {
        boolean ended;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.setSoTimeout(10_000);
            CompletableFuture<Boolean> end = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> end.complete(readAway(socket)));
            socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(frame(4, 0, 0));
            socket.getOutputStream().write(first);
            send(socket, flood);
            ended = end.get();
        }
        try (Http2Client other = new Http2Client(gateway.port())) {
            return ended && other.get("/").status() == 200;
        }
    }

    private static void send(Socket socket, Frames flood) {
        try {
            ByteArrayOutputStream some = new ByteArrayOutputStream();
            for (int i = 0; i < FLOOD; i++) {
                some.writeBytes(flood.frame(i));
                if (some.size() > 4096) {
                    socket.getOutputStream().write(some.toByteArray());
                    some.reset();
                }
            }
        } catch (IOException _) {
            // ended meanwhile: what the test wants to see
        }
    }

    /// True when the end came; false when nothing came for ten seconds.
    private static boolean readAway(Socket socket) {
        try {
            while (socket.getInputStream().read(new byte[4096]) >= 0) {
                // nobody wants it
            }
            return true;
        } catch (SocketTimeoutException _) {
            return false;
        } catch (IOException _) {
            return true; // reset is ended too
        }
    }

    @Test
    void rapidReset() throws Exception {
        assertTrue(endsConnection(new byte[0], i -> {
            int stream = 2 * i + 1;
            return ByteBuffer.allocate(9 + GET.length + 13).put(frame(HEADERS, END_HEADERS | END_STREAM, stream, GET))
                    .put(frame(RST_STREAM, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 8)).array();
        }));
    }

    @Test
    void endlessContinuation() throws Exception {
        byte[] field = {0x00, 1, 'x', 4, 'a', 'b', 'c', 'd'};
        assertTrue(endsConnection(frame(HEADERS, END_STREAM, 1, GET), _ -> frame(CONTINUATION, 0, 1, field)));
    }

    @Test
    void emptyData() throws Exception {
        assertTrue(endsConnection(frame(HEADERS, END_HEADERS, 1, GET), _ -> frame(DATA, 0, 1)));
    }
}
