package io.shanhai.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A real HTTP/1.1 server on a real socket whose behaviour a test writes in a line. Without one it says its name.
final class Backend implements AutoCloseable {

    /// Answers one request. Returns to keep the connection, closes `socket` to end it.
    interface Behaviour {
        void answer(Request request, OutputStream out, Socket socket) throws IOException;
    }

    /// @param head request line and field lines as they came
    /// @param body without framing; what is left of it is read away afterwards
    record Request(List<String> head, InputStream body) {

        String method() {
            return head.getFirst().split(" ")[0];
        }

        String target() {
            return head.getFirst().split(" ")[1];
        }

        String field(String name) {
            return WireReader.value(head, name);
        }

        List<String> fields(String name) {
            return WireReader.values(head, name);
        }
    }

    private final String name;
    private final ServerSocket server;
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final Thread acceptor;
    private volatile Behaviour behaviour;

    Backend(String name) throws IOException {
        this.name = name;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.behaviour = (request, out, socket) -> text(out, name);
        this.acceptor = Thread.ofVirtual().name("backend-" + name).start(this::accept);
    }

    String name() {
        return name;
    }

    Endpoint endpoint() {
        return new Endpoint("127.0.0.1:" + server.getLocalPort(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), 100);
    }

    Backend does(Behaviour next) {
        behaviour = next;
        return this;
    }

    /// Answers every request with these bytes; `\n` stands for CR LF.
    Backend says(String response) {
        byte[] bytes = response.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        return does((request, out, socket) -> out.write(bytes));
    }

    static void text(OutputStream out, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        out.write(("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + bytes.length + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        out.write(bytes);
    }

    /// Every request whose head came, in order.
    List<Request> requests() {
        return List.copyOf(requests);
    }

    /// The only request there was.
    Request request() {
        List<Request> all = requests();
        if (all.size() != 1) {
            throw new AssertionError("backend " + name + " saw " + all.size() + " requests (expected: 1)");
        }
        return all.getFirst();
    }

    int connections() {
        return accepted.get();
    }

    /// Ends every connection, as a restart or an idle timeout does; the port stays open.
    void dropConnections() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    /// Nobody listens any more when it returns: closing a socket that a virtual thread waits on is over only when that
    /// thread has noticed.
    @Override
    public void close() throws IOException {
        server.close();
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        dropConnections();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                accepted.incrementAndGet();
                Thread.ofVirtual().name("backend-" + name + "-connection").start(() -> serve(socket));
            } catch (IOException e) {
                if (!server.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            for (List<String> head = WireReader.head(in); head != null; head = WireReader.head(in)) {
                if (socket.isClosed()) {
                    return; // dropped while these bytes were on their way: nobody is there to answer them
                }
                Request request = new Request(head, body(head, in));
                requests.add(request);
                behaviour.answer(request, out, socket);
                if (socket.isClosed()) {
                    return;
                }
                request.body().transferTo(OutputStream.nullOutputStream());
            }
        } catch (IOException _) {
            // the gateway closed, or the test did
        } finally {
            open.remove(socket);
        }
    }

    private static InputStream body(List<String> head, InputStream in) {
        if (WireReader.value(head, "transfer-encoding") != null) {
            return new Lazy(() -> new ByteArrayInputStream(WireReader.chunks(in)));
        }
        String length = WireReader.value(head, "content-length");
        return length == null ? InputStream.nullInputStream() : new Counted(in, Long.parseLong(length));
    }

    /// Hands a body on as it comes.
    private static final class Counted extends InputStream {
        private final InputStream in;
        private long left;

        Counted(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(into, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new IOException("the request's body ended " + left + " bytes too early");
            }
            left -= count;
            return count;
        }
    }

    private interface Opening {
        InputStream open() throws IOException;
    }

    /// Opened with the first read: a behaviour may answer before the body has come.
    private static final class Lazy extends InputStream {
        private final Opening opening;
        private InputStream in;

        Lazy(Opening opening) {
            this.opening = opening;
        }

        private InputStream in() throws IOException {
            if (in == null) {
                in = opening.open();
            }
            return in;
        }

        @Override
        public int read() throws IOException {
            return in().read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return in().read(into, offset, length);
        }
    }
}
