package io.shanhai.etcdwire.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/// The answer to one request: a single object, or a line `{"result":…}` for each message of a stream, flushed at once.
///
/// Thread safety: any thread, one at a time; netty brings what they write to the event loop in order.
final class JsonAnswer {

    private final ChannelHandlerContext connection;
    private final boolean streams;
    private final Runnable done;
    private Message single;
    private boolean begun;

    /// Writes an object or more of it.
    interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /// @param streams the method has many answers
    /// @param done called on the event loop once the answer is complete
    JsonAnswer(ChannelHandlerContext connection, boolean streams, Runnable done) {
        this.connection = connection;
        this.streams = streams;
        this.done = done;
    }

    void onLoop(Runnable step) {
        if (connection.executor().inEventLoop()) {
            step.run();
        } else {
            connection.executor().execute(step);
        }
    }

    /// On the event loop, off the calling stack.
    void later(Runnable step) {
        connection.executor().execute(step);
    }

    boolean isWritable() {
        return connection.channel().isWritable();
    }

    void message(Message message) {
        if (!streams) {
            single = message; // sent when the call has ended well
            return;
        }
        begin();
        line(json -> {
            json.writeFieldName("result");
            MessageJson.write(message, json);
        });
    }

    private void begin() {
        if (!begun) {
            begun = true;
            HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
            HttpUtil.setTransferEncodingChunked(head, true);
            connection.write(head);
        }
    }

    private void line(Content content) {
        ByteBuf bytes = object(content);
        bytes.writeByte('\n');
        connection.writeAndFlush(new DefaultHttpContent(bytes));
    }

    private ByteBuf object(Content content) {
        ByteBuf bytes = connection.alloc().buffer();
        try (OutputStream to = new ByteBufOutputStream(bytes); JsonGenerator json = MessageJson.factory().createGenerator(to)) {
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            bytes.release();
            throw new UncheckedIOException(e);
        }
        return bytes;
    }

    void end(Status status) {
        if (!streams && status.isOk() && single != null) {
            whole(HttpResponseStatus.OK, bytes(single));
        } else if (!begun && !status.isOk()) {
            refuse(status);
        } else {
            endStream(status);
        }
        onLoop(done);
    }

    private void endStream(Status status) {
        begin();
        if (!status.isOk()) {
            line(json -> streamError(status, json));
        }
        connection.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    /// As grpc-gateway says it inside a stream.
    private static void streamError(Status status, JsonGenerator json) throws IOException {
        HttpResponseStatus http = HttpStatus.of(status);
        json.writeObjectFieldStart("error");
        json.writeNumberField("grpc_code", status.getCode().value());
        json.writeNumberField("http_code", http.code());
        json.writeStringField("message", text(status));
        json.writeStringField("http_status", http.reasonPhrase());
        json.writeEndObject();
    }

    /// An answer that says why not.
    void refuse(Status status) {
        whole(HttpStatus.of(status), object(json -> {
            json.writeStringField("error", text(status));
            json.writeStringField("message", text(status));
            json.writeNumberField("code", status.getCode().value());
        }));
    }

    /// An answer that no method gives.
    void plain(HttpResponseStatus status, Content content) {
        whole(status, object(content));
        onLoop(done);
    }

    private static String text(Status status) {
        return status.getDescription() == null ? status.getCode().name() : status.getDescription();
    }

    private ByteBuf bytes(Message message) {
        ByteBuf bytes = connection.alloc().buffer();
        try (OutputStream to = new ByteBufOutputStream(bytes); JsonGenerator json = MessageJson.factory().createGenerator(to)) {
            MessageJson.write(message, json);
        } catch (IOException e) {
            bytes.release();
            throw new UncheckedIOException(e);
        }
        return bytes;
    }

    private void whole(HttpResponseStatus status, ByteBuf content) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        HttpUtil.setContentLength(response, content.readableBytes());
        connection.writeAndFlush(response);
    }
}
