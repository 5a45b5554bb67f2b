package io.shanhai;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The end of an appliance that has work to do: told to stop, it finishes what is in flight and takes nothing new.
class DrainIT {

    @TempDir
    Path folder;
    private Node node;
    private HttpServer backend;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch arrived = new CountDownLatch(2);
    private final CountDownLatch release = new CountDownLatch(1);

    @BeforeEach
    void start() throws Exception {
        backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        backend.setExecutor(threads);
        backend.createContext("/slow", this::answerWhenReleased);
        backend.start();
        node = new Node(folder, folder.resolve("data"));
    }

    private void answerWhenReleased(HttpExchange exchange) throws IOException {
        try (exchange) {
            arrived.countDown();
            assertTrue(release.await(JarProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS));
            byte[] body = "at last".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void end() {
        node.close();
        backend.stop(0);
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void finishesWhatIsInFlightAndTakesNothingNew(String signal) throws Exception {
        JarProcess process = node.start();
        List<Future<HttpResponse<String>>> inFlight = requestOnEachEngine();
        process.signal(signal);
        await().atMost(JarProcess.PATIENCE).until(() -> node.admin("GET", "/readyz", "").statusCode() == 503);
        assertEquals("DRAINING", Node.json(node.admin("GET", "/readyz", "")).path("status").textValue());
        for (int port : node.gatewayPorts()) {
            await().atMost(JarProcess.PATIENCE).until(() -> isRefused(port));
        }
        assertTrue(inFlight.stream().noneMatch(Future::isDone), "both still wait for the backend");
        release.countDown();
        for (Future<HttpResponse<String>> request : inFlight) {
            HttpResponse<String> response = request.get(JarProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertEquals(200, response.statusCode(), response::body);
            assertEquals("at last", response.body());
        }
        assertEquals(0, process.exitCode(), process::errors);
        assertFalse(process.errors().contains("\"ERROR\""), process::errors);
    }

    @Test
    void waitsNoLongerThanItIsTold() throws Exception {
        JarProcess process = node.with("gateway.drain-timeout", "200ms").start();
        List<Future<HttpResponse<String>>> inFlight = requestOnEachEngine();
        process.signal("TERM");
        assertEquals(0, process.exitCode(), process::errors); // while the backend still says nothing
        assertAll(inFlight.stream().map(request -> () -> {
            await().atMost(JarProcess.PATIENCE).until(request::isDone);
            assertFalse(request.state() == Future.State.SUCCESS && request.resultNow().statusCode() == 200,
                    "nobody can have answered this");
        }));
    }

    private List<Future<HttpResponse<String>>> requestOnEachEngine() throws Exception {
        node.put("/v1/routes/slow", "{\"match\":{\"path\":\"/slow\"},\"upstream\":\"http://127.0.0.1:"
                + backend.getAddress().getPort() + "\",\"timeout\":\"60s\"}");
        List<Future<HttpResponse<String>>> requests = new ArrayList<>();
        for (int port : node.gatewayPorts()) {
            requests.add(threads.submit(() -> node.send(port, "GET", "/slow", "")));
        }
        assertTrue(arrived.await(JarProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS), "both are at the backend");
        return requests;
    }

    private static boolean isRefused(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }
}
