package io.shanhai.gateway.nio;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// An endpoint on a real socket whose every byte the test decides. One virtual thread per connection.
final class Backend implements AutoCloseable {

    /// Serves one connection; the socket is closed when it returns.
    interface Script {
        void serve(Socket socket, InputStream in, OutputStream out) throws IOException;
    }

    private final ServerSocket server;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<String> heads = new CopyOnWriteArrayList<>();

    Backend(Script script) throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("backend").start(() -> accept(script));
    }

    /// Answers every request with `response`, keeping the connection; request bodies are read by Content-Length.
    static Backend answering(String response) throws IOException {
        AtomicInteger unused = new AtomicInteger();
        return new Backend((socket, in, out) -> {
            while (Raw.readHead(in) instanceof String head) {
                in.readNBytes(Raw.contentLength(head));
                unused.incrementAndGet();
                out.write(Raw.bytes(response));
            }
        });
    }

    private void accept(Script script) {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(script, socket));
            }
        } catch (IOException _) {
            // closed: the test is over
        }
    }

    private static void serve(Script script, Socket socket) {
        try (socket) {
            script.serve(socket, socket.getInputStream(), socket.getOutputStream());
        } catch (IOException _) {
            // the gateway left: what tests of that look at is the gateway
        }
    }

    int port() {
        return server.getLocalPort();
    }

    /// Connections accepted so far.
    int connections() {
        return connections.get();
    }

    /// Heads noted by the script.
    List<String> heads() {
        return heads;
    }

    /// Closes every connection from this side.
    void hangUp() {
        for (Socket socket : sockets) {
            closeQuietly(socket);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        hangUp();
    }
}
