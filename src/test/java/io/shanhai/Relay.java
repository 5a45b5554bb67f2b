package io.shanhai;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A piece of network between a client and a server on loopback that can be cut and mended.
final class Relay implements AutoCloseable {

    private final int target;
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;

    Relay(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(Node.freePort(), 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("relay").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                connect(server.accept());
            } catch (IOException _) {
                continue; // the target is away, or we are closed
            }
        }
    }

    private void connect(Socket client) throws IOException {
        open.add(client);
        if (cut) {
            drop(client);
            return;
        }
        try {
            Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(upstream);
            pump(client, upstream);
            pump(upstream, client);
        } catch (IOException e) {
            drop(client);
            throw e;
        }
    }

    private void pump(Socket from, Socket to) {
        Thread.ofVirtual().name("relay").start(() -> {
            try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
                in.transferTo(out);
            } catch (IOException _) {
                // cut, or one of the ends is gone
            } finally {
                drop(from);
                drop(to);
            }
        });
    }

    private void drop(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException _) {
            // it is gone
        }
    }

    /// Nothing gets through; new connections are closed at once.
    void cut() {
        cut = true;
        open.forEach(this::drop);
    }

    void mend() {
        cut = false;
    }

    @Override
    public void close() throws IOException {
        cut = true;
        server.close();
        open.forEach(this::drop);
    }
}
