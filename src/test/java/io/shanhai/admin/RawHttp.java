package io.shanhai.admin;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// A client that sends exactly what it is told: what a library would forbid is what these tests are about.
final class RawHttp implements Closeable {

    private static final int TIMEOUT_MILLIS = 10_000;

    private final Socket socket;
    private final InputStream in;

    RawHttp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = socket.getInputStream();
    }

    /// One request on a connection of its own.
    ///
    /// @param head request line and headers, joined with CRLF; Host is added when missing
    static Response exchange(int port, String body, String... head) throws IOException {
        try (RawHttp client = new RawHttp(port)) {
            client.send(body, head);
            return client.response(head[0].startsWith("HEAD "));
        }
    }

    void send(String body, String... head) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder request = new StringBuilder(String.join("\r\n", head)).append("\r\n");
        if (!request.toString().toLowerCase(Locale.ROOT).contains("\r\nhost:")) {
            request.append("Host: localhost:").append(socket.getPort()).append("\r\n");
        }
        if (bytes.length > 0) {
            request.append("Content-Length: ").append(bytes.length).append("\r\n");
        }
        request.append("\r\n");
        write(request.toString().getBytes(StandardCharsets.UTF_8));
        write(bytes);
    }

    void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    Response response(boolean toHead) throws IOException {
        String[] statusLine = line().split(" ", 3);
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.merge(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip(),
                    (a, b) -> a + ", " + b);
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        byte[] body = toHead ? new byte[0] : in.readNBytes(length);
        return new Response(Integer.parseInt(statusLine[1]), headers, new String(body, StandardCharsets.UTF_8));
    }

    /// The next line without its end.
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("connection closed after: " + line);
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    /// Reads lines until one starts with `prefix`; what is skipped is framing.
    String lineStartingWith(String prefix) throws IOException {
        String line = line();
        while (!line.startsWith(prefix)) {
            line = line();
        }
        return line;
    }

    boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    record Response(int status, Map<String, String> headers, String body) {

        com.fasterxml.jackson.databind.JsonNode json() {
            return Json.parse(body.getBytes(StandardCharsets.UTF_8));
        }
    }
}
