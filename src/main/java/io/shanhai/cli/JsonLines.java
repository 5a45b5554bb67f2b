package io.shanhai.cli;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// One JSON object per log line: `time`, `level`, `logger`, `thread`, `message`, then whatever the MDC holds
/// (`trace_id`, `span_id`), then `exception`.
final class JsonLines extends EncoderBase<ILoggingEvent> {

    private final ThrowableProxyConverter stackTraces = new ThrowableProxyConverter();

    @Override
    public void start() {
        stackTraces.start();
        super.start();
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(256);
        line.append("{\"time\":\"").append(Instant.ofEpochMilli(event.getTimeStamp()).truncatedTo(ChronoUnit.MILLIS)).append('"');
        member(line, "level", event.getLevel().toString());
        member(line, "logger", event.getLoggerName());
        member(line, "thread", event.getThreadName());
        member(line, "message", event.getFormattedMessage());
        event.getMDCPropertyMap().forEach((name, value) -> member(line, name, value));
        if (event.getThrowableProxy() != null) {
            member(line, "exception", stackTraces.convert(event));
        }
        return line.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }

    private static void member(StringBuilder line, String name, String value) {
        JsonStringEncoder json = JsonStringEncoder.getInstance();
        line.append(",\"");
        json.quoteAsString(name, line);
        line.append("\":\"");
        json.quoteAsString(String.valueOf(value), line);
        line.append('"');
    }
}
