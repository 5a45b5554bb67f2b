package io.shanhai.gateway;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A client that sends exactly the bytes it is given.
final class RawClient implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    /// @param head status line and field lines
    record Response(List<String> head, byte[] body) {

        int status() {
            return Integer.parseInt(head.getFirst().substring(9, 12));
        }

        /// The first value, null when there is none.
        String field(String name) {
            return WireReader.value(head, name);
        }

        List<String> fields(String name) {
            return WireReader.values(head, name);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// @param text ISO-8859-1; `\n` stands for CR LF
    RawClient send(String text) throws IOException {
        return send(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    /// The response to anything but HEAD.
    Response read() throws IOException {
        return read("GET");
    }

    Response read(String method) throws IOException {
        List<String> head = WireReader.head(in);
        if (head == null) {
            throw new IOException("closed without a response");
        }
        Response bare = new Response(head, new byte[0]);
        int status = bare.status();
        if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
            return bare;
        }
        if (bare.field("transfer-encoding") != null) {
            return new Response(head, WireReader.chunks(in));
        }
        String length = bare.field("content-length");
        return new Response(head, length == null ? in.readAllBytes() : WireReader.exactly(in, Integer.parseInt(length)));
    }

    Response exchange(String request) throws IOException {
        return send(request).read();
    }

    /// One byte of what comes next.
    int readByte() throws IOException {
        return in.read();
    }

    /// Waits for the other side to close; whatever comes before that is a failure.
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset is closed too
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
