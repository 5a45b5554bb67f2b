package io.shanhai.gateway.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.shanhai.gateway.GatewaySettings;
import io.shanhai.gateway.filter.LimitFilter;
import io.shanhai.limiter.TokenBucket;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A request whose answer is at hand allocates nothing on its loop once everything is warm: parser, exchange, trace,
/// limit, counters and the way through the socket.
@Timeout(60)
class NioAllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final byte[] REQUEST = Raw.bytes("GET /x?y=1 HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\n\r\n");
    private static final int WARM_UP = 30_000;
    private static final int MEASURED = 10_000;
    private static final long SELECTOR_BYTES = 16; // the JDK's selector boxes a ready descriptor above 127; see bin/shanhai
    private static final long NOISE_BYTES = 16 * 1024; // what the JVM itself may add to a thread, whatever the count

    @Test
    void directAnswersAllocateNothing() throws Exception {
        measure(1);
    }

    @Test
    void pipelinedAnswersAllocateNothing() throws Exception {
        measure(16);
    }

    private static void measure(int pipelined) throws Exception {
        try (TestGateway gateway = new TestGateway().settings(oneLoop())) {
            gateway.unwatched("/x", "Hello", new LimitFilter(List.of(new LimitFilter.Bound("wide",
                    new TokenBucket(100_000_000, java.time.Duration.ofSeconds(1), 100_000_000), false, gateway.metrics))))
                    .start();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.engine.port())) {
                socket.setTcpNoDelay(true);
                byte[] batch = new byte[REQUEST.length * pipelined];
                for (int i = 0; i < pipelined; i++) {
                    System.arraycopy(REQUEST, 0, batch, i * REQUEST.length, REQUEST.length);
                }
                int answerBytes = firstAnswer(socket);
                exchange(socket, batch, answerBytes * pipelined, WARM_UP / pipelined);
                long loop = loopThread();
                long before = THREADS.getThreadAllocatedBytes(loop);
                assertTrue(before > 0, "the JVM does not count allocations");
                exchange(socket, batch, answerBytes * pipelined, MEASURED / pipelined);
                long allocated = THREADS.getThreadAllocatedBytes(loop) - before;
                assertTrue(allocated <= SELECTOR_BYTES * (MEASURED / pipelined) + NOISE_BYTES,
                        allocated + " B for " + MEASURED + " requests");
            }
        }
    }

    private static int firstAnswer(Socket socket) throws Exception {
        socket.getOutputStream().write(REQUEST);
        byte[] answer = new byte[4096];
        int read = 0;
        while (!new String(answer, 0, read).endsWith("Hello")) {
            read += socket.getInputStream().read(answer, read, answer.length - read);
        }
        assertEquals("HTTP/1.1 200 OK", new String(answer, 0, 15));
        return read;
    }

    private static void exchange(Socket socket, byte[] batch, int answerBytes, int times) throws Exception {
        InputStream in = socket.getInputStream();
        byte[] answers = new byte[answerBytes];
        for (int i = 0; i < times; i++) {
            socket.getOutputStream().write(batch);
            assertEquals(answerBytes, in.readNBytes(answers, 0, answerBytes));
        }
    }

    private static long loopThread() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("nio-loop-0") && t.isAlive())
                .max(java.util.Comparator.comparingLong(Thread::threadId)).orElseThrow().threadId();
    }

    private static GatewaySettings oneLoop() {
        GatewaySettings s = GatewaySettings.forTests();
        return new GatewaySettings(s.address(), s.port(), s.nioPort(), 1, s.maxHeaderSize(), s.maxUriSize(), s.maxBodySize(),
                s.maxConnections(), s.idleTimeout(), s.headTimeout(), s.connectTimeout(), s.upstreamIdleTimeout(),
                s.upstreamIdleConnections(), s.drainTimeout(), java.time.Duration.ofHours(1), s.explainClients());
    }
}
