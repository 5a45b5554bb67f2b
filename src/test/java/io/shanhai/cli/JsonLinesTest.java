package io.shanhai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {

    @ParameterizedTest
    @CsvSource({"0,1970-01-01T00:00:00.000Z", "1795424965007,2026-11-23T09:09:25.007Z", "951782399999,2000-02-28T23:59:59.999Z",
            "951868800000,2000-03-01T00:00:00.000Z", "-1,1969-12-31T23:59:59.999Z"})
    void writesTimesAsRfc3339(long epochMillis, String expected) {
        StringBuilder line = new StringBuilder();
        JsonLines.time(line, epochMillis);
        assertEquals(expected, line.toString());
    }
}
