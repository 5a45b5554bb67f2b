package io.shanhai.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        assertTrue(Traceparent.isValid(value));
        assertTrue(Traceparent.parentId(value) != 0);
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
        assertFalse(Traceparent.isValid(value));
    }

    @Test
    void readsTheFields() {
        String value = "00-4bf92f3577b34da6a3ce929d0e0e4736-f0f067aa0ba902b7-03";
        assertEquals(0x4bf92f3577b34da6L, Traceparent.traceIdHigh(value));
        assertEquals(0xa3ce929d0e0e4736L, Traceparent.traceIdLow(value));
        assertEquals(0xf0f067aa0ba902b7L, Traceparent.parentId(value));
        assertEquals(3, Traceparent.flags(value));
    }
}
