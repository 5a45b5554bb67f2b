package io.shanhai.cli;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

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
        line.append("{\"time\":\"");
        time(line, event.getTimeStamp());
        line.append('"');
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

    // RFC 3339 by hand: the JDK's formatter loads locale data, 30 ms of a start whose first line is written before the
    // gateway listens.
    static void time(StringBuilder line, long epochMillis) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(Math.floorDiv(epochMillis, 1000), 0, ZoneOffset.UTC);
        digits(line, time.getYear(), 4);
        digits(line.append('-'), time.getMonthValue(), 2);
        digits(line.append('-'), time.getDayOfMonth(), 2);
        digits(line.append('T'), time.getHour(), 2);
        digits(line.append(':'), time.getMinute(), 2);
        digits(line.append(':'), time.getSecond(), 2);
        digits(line.append('.'), (int) Math.floorMod(epochMillis, 1000L), 3);
        line.append('Z');
    }

    private static void digits(StringBuilder line, int number, int width) {
        String text = Integer.toString(number);
        line.repeat('0', Math.max(0, width - text.length())).append(text);
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
