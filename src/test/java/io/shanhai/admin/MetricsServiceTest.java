package io.shanhai.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsServiceTest {

    private TelemetryDoor door;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        door = new TelemetryDoor(folder, 0);
        door.metrics.counter("shanhai_gateway_requests_total", "Requests.", "route", "users").add(3);
    }

    @AfterEach
    void close() {
        door.close();
    }

    @Test
    void showsPlainTextUnlessAskedOtherwise() throws Exception {
        HttpResponse<String> response = door.get("/metrics");
        assertEquals(200, response.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", response.headers().firstValue("content-type").orElseThrow());
        assertTrue(response.body().contains("\nshanhai_gateway_requests_total{route=\"users\"} 3.0\n"), response.body());
        assertFalse(response.body().contains("# EOF"));
    }

    @Test
    void showsOpenMetricsWhenAskedFor() throws Exception {
        HttpResponse<String> response = door.get("/metrics", "Accept",
                "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        assertEquals("application/openmetrics-text; version=1.0.0; charset=utf-8",
                response.headers().firstValue("content-type").orElseThrow());
        assertTrue(response.body().endsWith("# EOF\n"));
    }

    /// RFC 9110 section 5.3: two lines are one list.
    @Test
    void acceptMayComeInSeveralLines() throws Exception {
        HttpResponse<String> response = door.get("/metrics", "Accept", "text/html", "Accept", "application/openmetrics-text");
        assertTrue(response.body().endsWith("# EOF\n"));
    }
}
