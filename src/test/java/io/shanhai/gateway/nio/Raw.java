package io.shanhai.gateway.nio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A client that sends exactly the bytes it is told to.
final class Raw implements AutoCloseable {

    private static final Pattern CONTENT_LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
    private static final int PATIENCE_MILLIS = 20_000; // a hang must fail, on a busy machine too

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    /// @param body decoded
    record Response(String head, String body) {
        int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        boolean has(String line) {
            return head.toLowerCase(java.util.Locale.ROOT).contains("\r\n" + line + "\r\n");
        }
    }

    Raw(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    Socket socket() {
        return socket;
    }

    Raw send(String text) throws IOException {
        out.write(bytes(text));
        return this;
    }

    Raw send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    String head() throws IOException {
        return readHead(in);
    }

    /// The next response with its body by Content-Length, chunks or the connection's end.
    Response response() throws IOException {
        return response(false);
    }

    /// @param bodiless to a HEAD request
    Response response(boolean bodiless) throws IOException {
        String head = head();
        if (head == null) {
            throw new IOException("the connection ended before a response");
        }
        String lower = head.toLowerCase(java.util.Locale.ROOT);
        int status = Integer.parseInt(head.substring(9, 12));
        if (bodiless || status < 200 || status == 204 || status == 304) {
            return new Response(head, "");
        }
        if (lower.contains("transfer-encoding: chunked")) {
            return new Response(head, text(chunked()));
        }
        if (lower.contains("content-length:")) {
            return new Response(head, text(exactly(contentLength(head))));
        }
        return new Response(head, text(in.readAllBytes()));
    }

    byte[] exactly(int count) throws IOException {
        byte[] read = in.readNBytes(count);
        if (read.length < count) {
            throw new IOException("the connection ended after " + read.length + " of " + count + " body bytes");
        }
        return read;
    }

    private byte[] chunked() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (;;) {
            int size = Integer.parseInt(line().split(";")[0], 16);
            if (size == 0) {
                while (!line().isEmpty()) {
                    // trailers
                }
                return all.toByteArray();
            }
            all.write(exactly(size));
            line();
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended within chunk framing");
            }
            line.append((char) c);
        }
        return line.toString().stripTrailing();
    }

    /// True when the server has closed; waits for it.
    boolean isClosedByServer() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException _) {
            return true; // reset
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /// The head with its empty line; null when the connection ended before its first byte.
    static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int c = in.read();
            if (c < 0) {
                if (head.isEmpty()) {
                    return null;
                }
                throw new IOException("the connection ended within a head: " + head);
            }
            head.append((char) c);
        }
        return head.toString();
    }

    static int contentLength(String head) {
        Matcher matcher = CONTENT_LENGTH.matcher(head);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
