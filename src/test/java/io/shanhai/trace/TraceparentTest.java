package io.shanhai.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceparentTest {

    private static final String IDS = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

    @ParameterizedTest
    @ValueSource(strings = {
            "00-" + IDS + "-00",
            "00-" + IDS + "-01",
            "00-" + IDS + "-03",
            "00-" + IDS + "-ff", // unknown flags are allowed and cleared
            "00-00000000000000000000000000000001-0000000000000001-00",
            "00-10000000000000000000000000000000-1000000000000000-00",
            "cc-" + IDS + "-01", // a later version, as long as ours
            "cc-" + IDS + "-01-what-the-future-will-be-like",
            "cc-" + IDS + "-01-",
            "01-" + IDS + "-01",
            "fe-" + IDS + "-01"})
    void accepts(String value) {
        TraceContext context = Traceparent.read(value, 7, null);
        assertNotNull(context);
        assertEquals(value.substring(3, 35), context.traceId());
        assertEquals(value.substring(36, 52), HexFormat.of().toHexDigits(context.parentSpanId()));
        assertEquals(7, context.spanId());
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {
            "00",
            "00-" + IDS + "-0", // one short
            "00-" + IDS + "-01-", // version 00 has exactly 55 characters
            "00-" + IDS + "-01-what-the-future-will-be-like",
            "00-" + IDS + "-010",
            "ff-" + IDS + "-01",
            "cc-" + IDS + "-01.what", // a later version goes on with a dash
            "cc-" + IDS + "-011",
            "cc-" + IDS + "-1",
            "0-" + IDS + "-011",
            ".0-" + IDS + "-01",
            "0.-" + IDS + "-01",
            "CC-" + IDS + "-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473.-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b.-01",
            "00-" + IDS + "-.0",
            "00-" + IDS + "-0.",
            "00-" + IDS + "-0A",
            "00_" + IDS + "_01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
            " 00-" + IDS + "-01",
            "00-" + IDS + "-01 ",
            "00-" + IDS + "-01,00-" + IDS + "-01",
            "00-\uff11bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) // a fullwidth digit is no hex digit
    void rejects(String value) {
        assertNull(Traceparent.read(value, 7, null));
    }

    @Test
    void readsTheFields() {
        TraceContext context = Traceparent.read("00-4bf92f3577b34da6f3ce929d0e0e4736-f0f067aa0ba902b7-03", 7, "a=1");
        assertEquals(0x4bf92f3577b34da6L, context.traceIdHigh());
        assertEquals(0xf3ce929d0e0e4736L, context.traceIdLow());
        assertEquals(0xf0f067aa0ba902b7L, context.parentSpanId());
        assertEquals(3, context.flags());
        assertEquals("a=1", context.tracestate());
    }

    /// Every position of an id, with what stands next to the digits in ASCII.
    @Test
    void noCharacterButADigitPassesAtAnyPosition() {
        String valid = "00-" + IDS + "-01";
        for (int i = 0; i < valid.length(); i++) {
            for (char wrong : new char[]{'/', ':', '`', 'g', 'A', 'F', ' ', '\0', '\u0130', '\u0661'}) {
                String value = valid.substring(0, i) + wrong + valid.substring(i + 1);
                assertNull(Traceparent.read(value, 7, null), value);
            }
        }
    }
}
