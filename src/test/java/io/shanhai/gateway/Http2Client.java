package io.shanhai.gateway;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.http2.Http2Flag;
import io.helidon.http.http2.Http2FrameData;
import io.helidon.http.http2.Http2FrameHeader;
import io.helidon.http.http2.Http2FrameTypes;
import io.helidon.http.http2.Http2Headers;
import io.helidon.http.http2.Http2Headers.DynamicTable;
import io.helidon.http.http2.Http2HuffmanDecoder;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A client that speaks just enough HTTP/2 (RFC 9113): prior knowledge, one stream at a time, fields never indexed.
final class Http2Client implements AutoCloseable {

    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    /// By index in RFC 7541 appendix A; Helidon takes pseudo fields by index only.
    private static final List<String> STATIC_NAMES = List.of("", ":authority", ":method", "", ":path", "", ":scheme");
    private static final int LARGE_WINDOW = 64 * 1024 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final DynamicTable table = DynamicTable.create(4096);
    private final Http2HuffmanDecoder huffman = Http2HuffmanDecoder.create();
    private int stream = -1;

    /// @param reset the stream's RST_STREAM code, -1 when it ended well
    record Response(Http2Headers headers, byte[] body, int reset) {

        int status() {
            return headers.status().code();
        }

        /// Null when there is none.
        String field(String name) {
            return headers.httpHeaders().stream().filter(h -> h.name().equalsIgnoreCase(name)).map(h -> h.get()).findFirst()
                    .orElse(null);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    Http2Client(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] window = ByteBuffer.allocate(6).putShort((short) 4).putInt(LARGE_WINDOW).array(); // SETTINGS_INITIAL_WINDOW_SIZE
        frame(SETTINGS, 0, 0, window, window.length);
        frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(LARGE_WINDOW).array(), 4);
    }

    /// @param fields name, value, …; pseudo fields first
    Response send(byte[] body, List<String> fields) throws IOException {
        stream += 2;
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < fields.size(); i += 2) {
            int name = STATIC_NAMES.indexOf(fields.get(i)); // RFC 7541 section 6.2.2: literal without indexing
            block.write(Math.max(name, 0));
            if (name < 0) {
                literal(block, fields.get(i));
            }
            literal(block, fields.get(i + 1));
        }
        frame(HEADERS, END_HEADERS | (body == null ? END_STREAM : 0), stream, block.toByteArray(), block.size());
        if (body != null) {
            frame(DATA, END_STREAM, stream, body, body.length);
        }
        return read();
    }

    Response get(String path) throws IOException {
        return send(null, List.of(":method", "GET", ":scheme", "http", ":path", path, ":authority", "test"));
    }

    private static void literal(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length > 126) {
            throw new IllegalArgumentException("length: " + bytes.length + " (expected: up to 126, one length byte)");
        }
        block.write(bytes.length);
        block.writeBytes(bytes);
    }

    private void frame(int type, int flags, int id, byte[] payload, int length) throws IOException {
        out.write(ByteBuffer.allocate(9).put((byte) (length >> 16)).putShort((short) length).put((byte) type).put((byte) flags)
                .putInt(id).array());
        out.write(payload, 0, length);
        out.flush();
    }

    private Response read() throws IOException {
        Http2Headers headers = null;
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (;;) {
            ByteBuffer head = ByteBuffer.wrap(WireReader.exactly(in, 9));
            int length = (head.get() & 0xff) << 16 | head.getShort() & 0xffff;
            int type = head.get();
            int flags = head.get();
            int id = head.getInt();
            byte[] payload = WireReader.exactly(in, length);
            if (type == SETTINGS && (flags & ACK) == 0) {
                frame(SETTINGS, ACK, 0, payload, 0);
            }
            if (type == GOAWAY) {
                throw new EOFException("GOAWAY " + ByteBuffer.wrap(payload).getInt(4));
            }
            if (id != stream) {
                continue;
            }
            switch (type) {
                case HEADERS -> headers = decode(payload);
                case DATA -> body.write(payload);
                case RST_STREAM -> {
                    return new Response(headers, body.toByteArray(), ByteBuffer.wrap(payload).getInt());
                }
                default -> {
                }
            }
            if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
                return new Response(headers, body.toByteArray(), -1);
            }
        }
    }

    private Http2Headers decode(byte[] block) {
        Http2FrameHeader header = Http2FrameHeader.create(block.length, Http2FrameTypes.HEADERS,
                Http2Flag.HeaderFlags.create(END_HEADERS), stream);
        return Http2Headers.create(null, table, huffman, new Http2FrameData(header, BufferData.create(block)));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
