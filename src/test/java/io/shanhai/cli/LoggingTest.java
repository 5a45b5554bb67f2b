package io.shanhai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {

    private final PrintStream stderr = System.err;

    @AfterEach
    void restore() {
        System.setErr(stderr);
        Logging.apply(new LogSettings(LogSettings.Format.AUTO, LogSettings.Level.INFO));
    }

    @Test
    void writesOneJsonObjectPerLineWithTraceAndException() throws IOException {
        JsonLines lines = new JsonLines();
        lines.start();
        LoggerContext context = new LoggerContext();
        LoggingEvent event = new LoggingEvent("x", context.getLogger("a.B"), ch.qos.logback.classic.Level.WARN,
                "say \"{}\"\n\u0001",
                new IllegalStateException("bad"), new Object[]{"海"});
        event.setMDCPropertyMap(Map.of("trace_id", "4bf9"));
        String line = new String(lines.encode(event), StandardCharsets.UTF_8);
        assertEquals(1, line.lines().count());
        JsonNode json = AdminClient.JSON.readTree(line);
        assertEquals("WARN", json.path("level").asText());
        assertEquals("a.B", json.path("logger").asText());
        assertEquals("say \"海\"\n\u0001", json.path("message").asText());
        assertEquals("4bf9", json.path("trace_id").asText());
        assertEquals(Thread.currentThread().getName(), json.path("thread").asText());
        assertTrue(json.path("exception").asText().startsWith("java.lang.IllegalStateException: bad"), line);
        assertTrue(json.path("time").asText().matches("\\d{4}-.*T.*Z"), line);
    }

    @Test
    void ownInfoAndForeignWarningsAreWrittenTheRestIsNot() {
        String text = captured(() -> {
            LoggerFactory.getLogger("io.shanhai.X").debug("hidden 1");
            LoggerFactory.getLogger("io.shanhai.X").info("shown 1");
            LoggerFactory.getLogger("io.helidon.X").info("hidden 2");
            System.getLogger("io.helidon.Y").log(System.Logger.Level.INFO, "hidden 3");
            System.getLogger("io.helidon.Y").log(System.Logger.Level.WARNING, "shown {0}", 2);
        });
        assertFalse(text.contains("hidden"), text);
        assertTrue(text.contains("shown 1"), text);
        assertTrue(text.contains("WARN  io.helidon.Y - shown 2"), text);
    }

    private static String captured(Runnable logging) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        Logging.apply(new LogSettings(LogSettings.Format.TEXT, LogSettings.Level.INFO));
        logging.run();
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
